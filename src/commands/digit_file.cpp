// SPDX-License-Identifier: BSD-3-Clause
#include "digit_file.hpp"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

#include "shearwater/io/hdf5_file.hpp"

namespace shearwater::commands {

namespace {

using inference::DigitTest;

constexpr std::size_t most_pictures = 50;

constexpr std::pair<char const*, double DigitTest::*> numbers[] = {
    {"classifier_accuracy", &DigitTest::classifier_accuracy},
    {"mean_max_softmax", &DigitTest::mean_max_softmax},
    {"true_max_softmax", &DigitTest::true_max_softmax},
    {"class_chi2_per_dof", &DigitTest::class_chi2_per_dof},
    {"frechet", &DigitTest::frechet},
    {"frechet_noise", &DigitTest::frechet_noise},
    {"frechet_held_out", &DigitTest::frechet_held_out},
    {"c2st", &DigitTest::c2st},
    {"nearest", &DigitTest::nearest},
    {"true_nearest", &DigitTest::true_nearest}};

constexpr std::pair<char const*, std::int64_t DigitTest::*> counts[] = {
    {"samples", &DigitTest::samples},
    {"held_out", &DigitTest::held_out},
    {"training", &DigitTest::training},
    {"frechet_rows", &DigitTest::frechet_rows},
    {"c2st_rows", &DigitTest::c2st_rows}};

}  // namespace

std::vector<float> first_pictures(std::vector<float> const& values, std::size_t nodes) {
  auto const size = std::min(values.size(), most_pictures * nodes);
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(size)};
}

void share_with_all(parallel::Communicator const& comm, DigitFile& content) {
  // Gathered from the first rank alone, which is a broadcast.
  auto const share = [&](auto& values) {
    using Values = std::remove_reference_t<decltype(values)>;
    Values const mine = comm.is_root() ? values : Values();
    values = comm.all_gather(std::span<typename Values::value_type const>(mine));
  };
  share(content.places);
  share(content.real);
  share(content.generated);
  share(content.test.counts);
  share(content.test.expected);
  std::vector<double> reals;
  std::vector<std::int64_t> integers;
  for (auto const& [name, member] : numbers) reals.push_back(content.test.*member);
  for (auto const& [name, member] : counts) integers.push_back(content.test.*member);
  share(reals);
  share(integers);
  auto real = reals.begin();
  for (auto const& [name, member] : numbers) content.test.*member = *real++;
  auto integer = integers.begin();
  for (auto const& [name, member] : counts) content.test.*member = *integer++;
}

void write_digit_test(parallel::Communicator const& comm, std::string const& path,
                      DigitFile const& content, core::Provenance const& provenance,
                      bool overwrite) {
  auto const nodes = static_cast<std::int64_t>(content.nodes());
  io::OutputOptions options;
  options.existing = overwrite ? io::Existing::replace : io::Existing::refuse;
  options.expected_bytes = 1 << 20;
  io::OutputFile file(comm, path, "digit_test", provenance, options);
  file.put_from_root<double>("places", {nodes, 2}, content.places,
                             {"1", "of the nodes in the unit square"});
  file.put_from_root<float>("real", {std::ssize(content.real) / nodes, nodes}, content.real,
                            {"1", "held-out pictures"});
  file.put_from_root<float>("generated", {std::ssize(content.generated) / nodes, nodes},
                            content.generated, {"1", "generated pictures"});
  std::vector<double> classes;
  for (std::size_t c = 0; c < content.test.counts.size(); ++c)
    classes.insert(classes.end(), {content.test.counts[c], content.test.expected[c]});
  file.put_from_root<double>("classes", {std::ssize(content.test.counts), 2}, classes,
                             {"1", "generated pictures of each class, and their expected number"});
  for (auto const& [name, member] : numbers) file.attribute("classes", name, content.test.*member);
  for (auto const& [name, member] : counts) file.attribute("classes", name, content.test.*member);
  file.commit();
}

DigitFile read_digit_test(std::string const& path) {
  io::InputFile const file(path);
  file.check_schema("digit_test");
  DigitFile content;
  content.places = file.values<double>("places");
  content.real = file.values<float>("real");
  content.generated = file.values<float>("generated");
  auto const classes = file.values<double>("classes");
  file.check_shape("classes", {std::ssize(classes) / 2, 2});
  for (std::size_t c = 0; c < classes.size(); c += 2) {
    content.test.counts.push_back(classes[c]);
    content.test.expected.push_back(classes[c + 1]);
  }
  for (auto const& [name, member] : numbers) content.test.*member = file.number("classes", name);
  for (auto const& [name, member] : counts) content.test.*member = file.integer("classes", name);
  return content;
}

}  // namespace shearwater::commands
