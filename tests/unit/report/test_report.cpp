// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <regex>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/core/random.hpp"
#include "shearwater/inference/linear_gaussian.hpp"
#include "shearwater/report/report.hpp"
#include "support.hpp"

using namespace shearwater;
using report::ReportContent;

namespace {

std::vector<double> two_columns(std::uint64_t index, int rows) {
  core::Stream random(77, core::Purpose::observation, index);
  std::vector<double> values;
  for (int n = 0; n < rows; ++n) {
    double const x = random.normal(), y = random.normal();
    values.insert(values.end(), {0.34 + 0.023 * x, 0.76 - 0.029 * (0.93 * x - 0.37 * y)});
  }
  return values;
}

inference::CalibrationResult exact_calibration() {
  inference::LinearGaussian const task(3);
  std::vector<double> theta(400 * 10), x(400 * 10);
  for (std::size_t n = 0; n < 400; ++n)
    task.simulate(n, std::span(theta).subspan(n * 10, 10), std::span(x).subspan(n * 10, 10));
  return inference::calibrate(inference::LinearGaussian::exact_posterior(x), theta, {});
}

/// Two parameters, a calibration of ten; everything that a report can hold.
ReportContent full_content() {
  ReportContent content;
  content.title = "A title with <tags> & more";
  content.map = {std::vector<float>(16 * 16, 0.0F), 1, 16, 5.0, "convergence", "map.npy", false};
  for (std::size_t i = 0; i < 256; ++i) content.map.values[i] = static_cast<float>(i % 17);
  auto const ours = two_columns(0, 2000), theirs = two_columns(1, 2000);
  content.posterior = {{"omega_c", "sigma_8"}, ours, {}, {"S_8", "Omega_m"}, ours, {}};
  content.reference = {"a reference chain", theirs, theirs};
  content.training = {{"training", {0, 100, 200}, {2, 1, 0.9}, {NAN, 1.1, 0.95}, 31}};
  content.calibration = exact_calibration();
  content.metrics = {{"extra", 4, 0.5, "K", "3 to 5", "a, \"quoted\" source"}};
  content.timings = {{"train", 421.5}};
  content.versions = {{"program", "shearwater 0.1.0"}, {"input", "[a]\nb = 1\n"}};
  return content;
}

double metric(std::vector<report::Metric> const& metrics, std::string const& name) {
  for (auto const& m : metrics)
    if (m.name == name) return m.value;
  FAIL("no metric " << name);
  return 0;
}

}  // namespace

TEST_CASE("a comparison that was made before is shown, not made again", "[report]") {
  auto content = full_content();
  content.comparison = {30.0, 40.0, 0.75, 0.25, 0.625, 100};
  auto const metrics = report::all_metrics(content);
  CHECK(metric(metrics, "figure of merit") == 30.0);
  CHECK(metric(metrics, "figure of merit over the reference's") == 0.75);
  CHECK(metric(metrics, "distance of the means") == 0.25);
  CHECK(metric(metrics, "C2ST against the reference") == 0.625);
}

TEST_CASE("the numbers of a report are those of its samples", "[report]") {
  auto const metrics = report::all_metrics(full_content());
  CHECK_THAT(metric(metrics, "posterior mean omega_c"), WithinAbs(0.34, 0.003));
  CHECK_THAT(metric(metrics, "posterior sd sigma_8"), WithinAbs(0.029, 0.002));
  CHECK_THAT(metric(metrics, "figure of merit over the reference's"), WithinAbs(1, 0.1));
  CHECK(metric(metrics, "distance of the means") < 0.15);
  CHECK_THAT(metric(metrics, "C2ST against the reference"), WithinAbs(0.5, 0.03));
  CHECK(metric(metrics, "SBC theta_4 chi-square") < 37.7);
  CHECK(metric(metrics, "TARP distance from the diagonal") < 1);
  CHECK(metric(metrics, "training last held-out loss") == 0.95);
  CHECK(metric(metrics, "time train") == 421.5);
  CHECK(metric(metrics, "extra") == 4);
}

TEST_CASE("the page stands alone and says where the map came from", "[report]") {
  auto content = full_content();
  auto const metrics = report::all_metrics(content);
  auto const page = report::html(content, metrics);
  CHECK_THAT(page, ContainsSubstring("A title with &lt;tags&gt; &amp; more"));
  CHECK_THAT(page, ContainsSubstring("not made by this program"));
  CHECK_THAT(page, ContainsSubstring("data:image/png;base64,iVBOR"));
  CHECK_THAT(page, ContainsSubstring("a reference chain"));
  CHECK_THAT(page, ContainsSubstring("from 1000 replicas; the zero line of an exact posterior"));
  CHECK_THAT(page, ContainsSubstring("Simulation-based calibration: <b class=\"good\">passed</b>"));
  // No script and nothing to load: the only addresses are the name of the SVG standard.
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("href=\"http") == std::string::npos);
  CHECK(page.find("url(") == std::string::npos);
  CHECK(page.find(">nan") == std::string::npos);
  CHECK(page.find("\"nan") == std::string::npos);
  // Every number is in the page's table too.
  for (auto const& m : metrics)
    CHECK_THAT(page, ContainsSubstring("<td>" + m.name.substr(0, m.name.find('\''))));

  content.map.mock = true;
  content.posterior->truths = {0.33, 0.77};
  content.reference.reset();
  auto const mock = report::html(content, report::all_metrics(content));
  CHECK_THAT(mock, ContainsSubstring("This map is a <b>mock</b>"));
  CHECK_THAT(mock, ContainsSubstring("true value of the mock"));
  CHECK(mock.find("a reference chain") == std::string::npos);
}

TEST_CASE("a failed calibration is said so in the page's head", "[report]") {
  ReportContent content;
  auto const good = exact_calibration();
  auto ranks = good.ranks;
  for (auto& rank : ranks) rank /= 2;
  content.calibration = inference::calibration_from_ranks(good.names, ranks, good.coverage_ranks,
                                                          good.tarp_ranks, good.config);
  auto const page = report::html(content, report::all_metrics(content));
  CHECK_THAT(page, ContainsSubstring("<b>Calibration:</b> failed"));
}

TEST_CASE("a report of one piece has no other", "[report]") {
  ReportContent content;
  content.training = {{"training", {0, 10}, {2, 1}, {}, 0}};
  auto const page = report::html(content, report::all_metrics(content));
  CHECK_THAT(page, ContainsSubstring("<h2>Training</h2>"));
  CHECK(page.find("<h2>The map</h2>") == std::string::npos);
  CHECK(page.find("<h2>The posterior</h2>") == std::string::npos);
}

TEST_CASE("halos by mass are drawn beside theory and are rows of the metrics", "[report]") {
  ReportContent content;
  content.mass_function = {{1e11, 1e12, 1e13},
                           {{"groups", {0.02, 0.003}, {0.001, 0.0005}, "a theory", {0.016, 0.004}},
                            {"spheres", {0.01, 0.0}, {0.001, 0.0}, "", {}}},
                           0.5,
                           100};
  auto const metrics = report::all_metrics(content);
  REQUIRE(metrics.size() == 6);
  CHECK(metric(metrics, "dn/dlnM of groups, M = 1e+11 to 1e+12 Msun/h") == 0.02);
  CHECK(metric(metrics, "found over expected of groups, M = 1e+12 to 1e+13 Msun/h") == 0.75);
  CHECK(metrics[1].error == 0.001 / 0.016);
  CHECK(metrics[0].reference == "0.016");
  CHECK(metric(metrics, "dn/dlnM of spheres, M = 1e+12 to 1e+13 Msun/h") == 0);
  auto const page = report::html(content, metrics);
  CHECK_THAT(page, ContainsSubstring("<h2>Halos by mass</h2>"));
  CHECK_THAT(page, ContainsSubstring("at z = 0.5 in a box of 100 Mpc/h"));
  CHECK_THAT(page, ContainsSubstring("a theory") && ContainsSubstring("found / expected"));
  CHECK(page.find("nan") == std::string::npos);
  CHECK(page.find("inf") == std::string::npos);

  content.mass_function->counts[0].theory.clear();
  auto const alone = report::html(content, report::all_metrics(content));
  CHECK(alone.find("found / expected") == std::string::npos);
  content.mass_function->counts[0].density.pop_back();
  CHECK_THROWS_WITH(report::all_metrics(content), ContainsSubstring("one number for each bin"));
}

TEST_CASE("galaxies in halos are drawn and are rows of the metrics", "[report]") {
  ReportContent content;
  content.population = {{1e12, 1e13, 1e14}, {100, 0},    {50, 0}, {25, 0}, {0.5, 1},
                        {0.3, 2},           {0, 0.5, 1}, {0, 75}, {75, 0}, {60, 15}};
  auto const metrics = report::all_metrics(content);
  CHECK(metric(metrics, "central galaxies per halo, M = 1e+12 to 1e+13 Msun/h") == 0.5);
  CHECK(metric(metrics, "satellites per halo, M = 1e+12 to 1e+13 Msun/h") == 0.25);
  CHECK(metrics[1].error == 0.05);
  CHECK(metrics[1].reference == "0.3");
  CHECK(metric(metrics, "galaxies") == 75);
  CHECK(metric(metrics, "mean b/a") == 0.75);
  CHECK(metric(metrics, "galaxies of |e| 0.5 to 1") == 15);
  auto const page = report::html(content, metrics);
  CHECK_THAT(page, ContainsSubstring("<h2>Galaxies in halos</h2>"));
  CHECK(page.find("nan") == std::string::npos);
  CHECK(page.find("inf") == std::string::npos);
}

TEST_CASE("halos on the light cone are drawn and are rows of the metrics", "[report]") {
  ReportContent content;
  content.cone_halos = {{0, 0.1, 0.2, 0.3}, {0, 9, 100}, {0, 10, 80}, 1.5};
  auto const metrics = report::all_metrics(content);
  REQUIRE(metrics.size() == 5);
  CHECK(metric(metrics, "halos on the light cone, z = 0 to 0.1") == 0);
  CHECK(metric(metrics, "halos on the light cone, z = 0.1 to 0.2") == 9);
  CHECK(metric(metrics, "found over expected on the light cone, z = 0.2 to 0.3") == 1.25);
  CHECK(metrics.back().error == 0.125);
  CHECK(metrics.back().reference == "1");
  auto const page = report::html(content, metrics);
  CHECK_THAT(page, ContainsSubstring("<h2>Halos on the light cone</h2>") &&
                       ContainsSubstring("over 1.5 steradian"));
  CHECK(page.find("nan") == std::string::npos);
  CHECK(page.find("inf") == std::string::npos);
  content.cone_halos->count.pop_back();
  CHECK_THROWS_WITH(report::all_metrics(content), ContainsSubstring("one number for each bin"));
}

TEST_CASE("digits are shown beside true ones, with their gates", "[report]") {
  report::DigitResult result;
  result.test.samples = 100;
  result.test.held_out = 40;
  result.test.c2st_rows = 40;
  result.test.classifier_accuracy = 0.96;
  result.test.mean_max_softmax = 0.9;
  result.test.counts = {40, 60};
  result.test.expected = {50, 50};
  result.test.class_chi2_per_dof = 4;
  result.test.frechet = 3;
  result.test.frechet_noise = 30;
  result.test.frechet_held_out = 2;
  result.test.c2st = 0.9;
  result.test.nearest = 1.9;
  result.test.true_nearest = 2;
  result.places = {0.25, 0.5, 0.75, 0.5};
  result.real = {0, 1};
  result.generated = {1, 0, 0.5F, 2};
  ReportContent content;
  content.digits = {result, result};
  content.digits[1].name = "isotropic";
  auto const metrics = report::all_metrics(content);
  CHECK(metric(metrics, "mean_max_softmax") == 0.9);
  CHECK(metric(metrics, "class_chi2_per_dof") == 4);
  CHECK(metric(metrics, "frechet_ratio_noise") == 0.1);
  CHECK(metric(metrics, "frechet_ratio_held_out_isotropic") == 1.5);
  CHECK(metric(metrics, "c2st_digits_isotropic") == 0.9);
  CHECK(metric(metrics, "nearest_ratio") == 0.95);
  CHECK(metric(metrics, "classifier_accuracy") == 0.96);
  auto const page = report::html(content, metrics);
  CHECK_THAT(page, ContainsSubstring("<h2>Digits: isotropic</h2>"));
  CHECK_THAT(page, ContainsSubstring("Classes: passed. Fréchet distance: passed. Two-sample test: "
                                     "failed. No copies: passed."));
  CHECK_THAT(page, ContainsSubstring("alt=\"generated pictures\" src=\"data:image/png;base64,"));
  CHECK(page.find("nan") == std::string::npos);
  // The highest bar, of the last class, ends below the legend.
  std::smatch legend;
  REQUIRE(std::regex_search(page, legend, std::regex("y=\"([0-9.]+)\"[^>]*>generated</text>")));
  double highest = 1e3;
  auto const bars = std::regex("<rect [^>]*y=\"([0-9.]+)\"[^>]*fill=\"#0072B2\"");
  for (std::sregex_iterator at(page.begin(), page.end(), bars), end; at != end; ++at)
    highest = std::min(highest, std::stod((*at)[1]));
  CHECK(highest > std::stod(legend[1]) + 4);
  CHECK(highest < 1e3);
  content.digits[0].generated.pop_back();
  CHECK_THROWS_WITH(report::all_metrics(content), ContainsSubstring("one value for each place"));
}

TEST_CASE("more parameters, weights and bins are drawn as well", "[report]") {
  ReportContent content;
  auto const six = two_columns(3, 1500);  // 3000 values: 500 rows of 6
  std::vector<double> weights(500, 2.0);
  std::fill(weights.begin() + 250, weights.end(), 4.0);
  content.posterior = {{"a", "b", "c", "d", "e", "f"}, six, weights, {}, {}, {}};
  content.reference = {"other", six, {}};
  content.map = {std::vector<float>(4 * 8 * 8, 1.0F), 4, 8, 0, "convergence", "mock", true};
  auto const metrics = report::all_metrics(content);
  CHECK_THAT(report::html(content, metrics), ContainsSubstring(">bin 4</text>"));
  // (250 x 6)^2 / (250 x 20): the page says so, and the classifier is not asked.
  CHECK_THAT(metric(metrics, "effective samples after reweighting"), WithinAbs(450, 1e-9));
  CHECK_THAT(report::html(content, metrics), ContainsSubstring("they count as 450 of 500"));
  auto const has_c2st = [](auto const& rows) {
    return std::any_of(rows.begin(), rows.end(),
                       [](auto const& m) { return m.name.starts_with("C2ST"); });
  };
  CHECK_FALSE(has_c2st(metrics));
  // Equal weights are no weights.
  content.posterior->weights.assign(500, 3.0);
  CHECK(has_c2st(report::all_metrics(content)));
  content.posterior->weights.pop_back();
  CHECK_THROWS_AS(report::all_metrics(content), core::InternalError);
}

TEST_CASE("metrics.csv has six columns and quotes what needs it", "[report]") {
  auto const csv = report::metrics_csv({{"a", 0.1, NAN, "1", "", "plain"},
                                        {"extra", 4, 0.5, "K", "3 to 5", "a, \"quoted\" source"}});
  CHECK(csv ==
        "name,value,error,unit,reference,source\na,0.1,,1,,plain\n"
        "extra,4,0.5,K,3 to 5,\"a, \"\"quoted\"\" source\"\n");
}

TEST_CASE("a report is written whole, or not at all over another", "[report]") {
  test::ScratchFolder const folder;
  auto const content = full_content();
  report::write_report(folder.path().string(), content);
  auto const page = io::read_text(folder.file("report.html"));
  CHECK_THAT(page, Catch::Matchers::EndsWith("</main></body></html>\n"));
  CHECK(page.size() < 2'000'000);
  CHECK(io::read_text(folder.file("metrics.csv"))
            .starts_with("name,value,error,unit,reference,source\n"));
  CHECK_THROWS_AS(report::write_report(folder.path().string(), content, io::Existing::refuse),
                  core::InputError);
  int files = 0;
  for (auto const& entry : std::filesystem::directory_iterator(folder.path()))
    files += entry.exists();
  CHECK(files == 2);  // no temporary files left
}

TEST_CASE("a simulated box is shown beside theory", "[report][unit]") {
  ReportContent content;
  report::SimulationOutput output;
  output.redshift = 1;
  output.box_side = 100;
  output.k = {0.06, 0.09, 0.3, 0.9};
  output.linear = {1000, 900, 100, 10};
  output.halofit = {1000, 900, 200, 50};
  output.power = {1100, 900, 220, 90};
  output.modes = {10, 30, 100, 400};
  output.particle_nyquist = 1;
  output.pixels = 1030;
  output.slice.assign(1030 * 1030, 0.5F);
  output.slice_depth = 10;
  content.simulation = {output};
  auto const metrics = report::all_metrics(content);
  // (10 x 1.1 + 30 x 1)/40; its error sqrt(2/40) of that.
  REQUIRE(metrics.size() == 2);
  CHECK(metrics[0].name == "z = 1: power over linear theory, 0.054 < k < 0.1 h/Mpc");
  CHECK_THAT(metrics[0].value, WithinRel(1.025, 1e-12));
  CHECK_THAT(metrics[0].error, WithinRel(1.025 * std::sqrt(0.05), 1e-12));
  CHECK(metrics[1].name == "z = 1: power over halofit, 0.1 < k < 0.5 h/Mpc");
  CHECK_THAT(metrics[1].value, WithinRel(1.1, 1e-12));
  auto const page = report::html(content, metrics);
  CHECK(page.find("power of the particles beside theory") != std::string::npos);
  CHECK(page.find("slice 10 Mpc/h thick") != std::string::npos);
}

TEST_CASE("spectra of shapes and shears are drawn and are rows of the metrics", "[report]") {
  report::ContaminationResult result;
  result.label = "<mock>";
  result.amplitude = 2;
  result.edges = {50, 100, 200};
  result.ell = {75, 150};
  result.fine_ell = {50, 100, 200};
  result.gg = {{4e-9, 2e-9}, {1e-9, 1e-9}, {5e-9, 2e-9}, {6e-9, 4e-9, 1e-9}};
  result.gi = {{-2e-9, 1e-9}, {1e-9, 2e-9}, {-4e-9, -2e-9}, {-5e-9, -3e-9, -1e-9}};
  result.ii = {{3e-9, -1e-9}, {1e-9, 1e-9}, {2e-9, 0}, {3e-9, 1e-9, 0}};
  result.fits = {{"GI over theory", 0.5, 0.2, "1", "1", "least squares"}};
  ReportContent content;
  content.contamination = {result};
  auto const metrics = report::all_metrics(content);
  // One fit; six powers; a ratio of all but the one whose theory is zero.
  REQUIRE(metrics.size() == 1 + 6 + 5 + 2);
  CHECK_THAT(metric(metrics, "(GI + II) / GG, bins 1 x 1, l = 50 to 100 of <mock>"),
             WithinRel(0.25, 1e-12));
  CHECK(metric(metrics, "C_GI, bins 1 x 1, l = 50 to 100 of <mock>") == -2e-9);
  CHECK(metric(metrics, "found over theory, GI, bins 1 x 1, l = 50 to 100 of <mock>") == 0.5);
  CHECK(metric(metrics, "found over theory, GG, bins 1 x 1, l = 100 to 200 of <mock>") == 1);
  auto const page = report::html(content, metrics);
  CHECK_THAT(page, ContainsSubstring("<h2>Contamination of shear by alignments</h2>") &&
                       ContainsSubstring("A_IA = 2") && ContainsSubstring("&lt;mock&gt;"));
  CHECK(page.find("nan") == std::string::npos);
  CHECK(page.find("inf") == std::string::npos);
  content.contamination[0].ii.theory.pop_back();
  CHECK_THROWS_WITH(report::all_metrics(content), ContainsSubstring("each band of each pair"));
}
