// SPDX-License-Identifier: BSD-3-Clause
#include "nla_file.hpp"

namespace shearwater::commands {

namespace {

void write_data(io::OutputFile& file, std::string const& group, galaxies::ProjectedData const& data,
                std::vector<double> const& model, char const* what) {
  if (data.value.empty()) return;
  file.create_group(group);
  file.attribute(group, "description", std::string(what));
  file.attribute(group, "name", data.name);
  file.attribute(group, "samples", data.samples);
  auto const n = static_cast<std::int64_t>(data.size());
  auto const put = [&](char const* name, std::vector<double> const& values, io::Shape const& shape,
                       io::Meaning const& meaning) {
    file.put_from_root<double>(group + "/" + name, shape, values, meaning);
  };
  put("r_low", data.low, {n}, {"Mpc/h", "lower edges of the bins of r_p, comoving"});
  put("r_high", data.high, {n}, {"Mpc/h", "upper edges of the bins of r_p"});
  put("value", data.value, {n}, {"Mpc/h", "what was fitted"});
  put("covariance", data.covariance, {n, n}, {"Mpc/h", "its covariance, in squares of this unit"});
  put("model", model, {n}, {"Mpc/h", "the best fit"});
}

void read_data(io::InputFile const& file, std::string const& group, galaxies::ProjectedData& data,
               std::vector<double>& model) {
  if (!file.contains(group + "/model")) return;
  auto const get = [&](char const* name) { return file.values<double>(group + "/" + name); };
  data.name = file.text(group, "name");
  data.samples = file.integer(group, "samples");
  data.low = get("r_low"), data.high = get("r_high");
  data.value = get("value"), data.covariance = get("covariance");
  model = get("model");
}

}  // namespace

void write_nla(io::OutputFile& file, galaxies::NlaFit const& fit, std::string const& source) {
  file.create_group("/nla");
  auto const put = [&](char const* name, io::AttributeValue const& value) {
    file.attribute("/nla", name, value);
  };
  put("source", source);
  put("amplitude", fit.amplitude);
  put("amplitude_error", fit.amplitude_error);
  put("bias", fit.bias);
  put("bias_error", fit.bias_error);
  put("noise_correlation", fit.shared);
  put("chi_square", fit.chi_square);
  put("degrees_of_freedom", fit.degrees);
  put("bias_chi_square", fit.bias_chi_square);
  put("bias_degrees_of_freedom", fit.bias_degrees);
  write_data(file, "/nla/wg_plus", fit.shapes, fit.shapes_model, "shapes about places");
  write_data(file, "/nla/wgg", fit.places, fit.places_model, "places about places, for the bias");
}

std::optional<galaxies::NlaFit> read_nla(io::InputFile const& file, std::string& source) {
  if (!file.contains("/nla/wg_plus/model")) return {};
  galaxies::NlaFit fit;
  source = file.text("/nla", "source");
  auto const number = [&](char const* name) { return file.number("/nla", name); };
  fit.amplitude = number("amplitude"), fit.amplitude_error = number("amplitude_error");
  fit.bias = number("bias"), fit.bias_error = number("bias_error");
  fit.chi_square = number("chi_square"), fit.bias_chi_square = number("bias_chi_square");
  if (file.has_attribute("/nla", "noise_correlation")) fit.shared = number("noise_correlation");
  fit.degrees = file.integer("/nla", "degrees_of_freedom");
  fit.bias_degrees = file.integer("/nla", "bias_degrees_of_freedom");
  read_data(file, "/nla/wg_plus", fit.shapes, fit.shapes_model);
  read_data(file, "/nla/wgg", fit.places, fit.places_model);
  return fit;
}

}  // namespace shearwater::commands
