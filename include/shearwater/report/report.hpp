// SPDX-License-Identifier: BSD-3-Clause
// One self-contained page, report.html, and the numbers on it, metrics.csv. Everything shown is
// taken from ReportContent, which a command fills from files; nothing here reads files or needs
// torch.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shearwater/inference/calibration.hpp"
#include "shearwater/inference/digit_test.hpp"
#include "shearwater/inference/orientation_test.hpp"
#include "shearwater/inference/samples.hpp"
#include "shearwater/io/files.hpp"

namespace shearwater::report {

/// One number of the report, and one row of metrics.csv.
struct Metric {
  std::string name;  ///< "posterior mean omega_c"
  double value = 0;
  double error = std::numeric_limits<double>::quiet_NaN();  ///< NaN: none is known
  std::string unit = "1";
  std::string reference;  ///< what it is compared with: "0.3401", "<= 37.70"; empty for nothing
  std::string source;     ///< where the number or its reference comes from
};

/// The map that was inferred from. From observation.h5.
struct ObservedMap {
  std::vector<float> values;  ///< (bins, pixels, pixels), row 0 at the bottom
  std::int64_t bins = 0, pixels = 0;
  double width_deg = 0;  ///< side; 0 when not known, then axes are in pixels
  std::string quantity = "convergence";
  std::string origin;  ///< file name, or how the mock was made
  bool mock = false;   ///< made by this program
};

/// Samples of the parameters, derived ones after the inferred ones. From posterior.h5.
struct PosteriorSamples {
  std::vector<std::string> names;          ///< (P)
  std::vector<double> values;              ///< (n, P)
  std::vector<double> weights;             ///< (n), empty for equal ones
  std::vector<std::string> derived_names;  ///< (D)
  std::vector<double> derived;             ///< (n, D)
  std::vector<double> truths;              ///< (P) of a mock; empty when not known
};

/// A published posterior of the same parameters. From reference.h5.
struct ReferenceChain {
  std::string name;             ///< "full-field HMC (Zeghal et al. 2024)"
  std::vector<double> values;   ///< (m, P)
  std::vector<double> derived;  ///< (m, D) as PosteriorSamples::derived_names; may be empty
};

/// One training. From training.csv.
struct TrainingCurve {
  std::string name = "training";
  std::vector<double> step, loss;  ///< loss in nats
  std::vector<double> held_out;    ///< [nats], NaN where it was not evaluated
  double steps_per_second = 0;
};

/// A simulated box at one time. From statistics_NNN.hdf5.
struct SimulationOutput {
  double redshift = 0;
  double box_side = 0;          ///< [Mpc/h]
  std::vector<double> k;        ///< [h/Mpc]
  std::vector<double> power;    ///< [(Mpc/h)^3]
  std::vector<double> linear;   ///< of theory at the same k
  std::vector<double> halofit;  ///< nonlinear theory
  std::vector<double> modes;    ///< that each value is the mean of
  double particle_nyquist = 0;  ///< [h/Mpc]
  std::vector<float> slice;     ///< (pixels, pixels) mean overdensity
  std::int64_t pixels = 0;
  double slice_depth = 0;  ///< [Mpc/h]
};

/// Halos by mass, one element of each list for each bin; what is not known is empty. From
/// halos.hdf5.
struct HaloCounts {
  std::string name;                    ///< "groups of friends"
  std::vector<double> density, error;  ///< dn/dlnM and its Poisson error [(h/Mpc)^3]
  std::string theory_name;             ///< "Sheth & Tormen (1999)"
  std::vector<double> theory;          ///< [(h/Mpc)^3]
};
struct MassFunctionResult {
  std::vector<double> edges;  ///< (bins + 1) [Msun/h]
  std::vector<HaloCounts> counts;
  double redshift = 0, box_side = 0;  ///< [Mpc/h]
};

/// A generator of orientations beside the truth. From orientations.h5 or orientations_NAME.h5.
struct OrientationResult {
  std::string name;  ///< empty for the first; the suffix of the metrics of others
  inference::OrientationTest test;
};

/// A generator of digits looked at by a classifier. From digit_test.h5 or digit_test_NAME.h5.
struct DigitResult {
  std::string name;  ///< empty for the first; the suffix of the metrics of others
  inference::DigitTest test;
  std::vector<double> places;          ///< (nodes, 2) in the unit square, y down the picture
  std::vector<float> real, generated;  ///< (pictures, nodes) values in [0, 1] to be shown
};

/// Halos on a light cone in bins of redshift. From cone_halos.hdf5.
struct ConeHalos {
  std::vector<double> edges;     ///< (bins + 1) cosmological redshift
  std::vector<double> count;     ///< (bins)
  std::vector<double> expected;  ///< (bins) density times volume
  double solid_angle = 0;        ///< [steradian]
};

/// A part of the spectra of shapes and shears; pairs of bins (0,0), (0,1), ..., (1,1), ...
struct SpectrumPart {
  std::vector<double> value, error, theory;  ///< (pairs, bands)
  std::vector<double> fine;                  ///< theory, (pairs, multipoles)
};
/// Spectra of shear and of intrinsic shapes beside theory. From spectra*.hdf5.
struct ContaminationResult {
  std::string label;
  std::int64_t bins = 1;
  double amplitude = 1;          ///< A_IA of the theory
  std::vector<double> edges;     ///< (bands + 1) multipoles
  std::vector<double> ell;       ///< (bands)
  std::vector<double> fine_ell;  ///< of the theory
  SpectrumPart gg, gi, ii;
  std::vector<Metric> fits;  ///< how much of the theory there is
  std::string remark;        ///< a warning; may be empty
};

/// One statistic of the galaxies of a catalogue, over their separation; NaN where there are no
/// pairs.
struct CorrelationCurve {
  std::string name;  ///< "ed", "ed_one_halo", ...
  std::string unit = "1";
  std::string separation;     ///< "r" or "r_p" [Mpc/h]
  std::vector<double> edges;  ///< (bins + 1) [Mpc/h]
  std::vector<double> value;
  std::vector<double> error;  ///< of the jackknife, or of random orientations; empty: not known
};
/// Galaxies of a halo as seen along the line of sight.
struct GalaxyPicture {
  struct Galaxy {
    double x, y;    ///< from the centre [Mpc/h]
    double e1, e2;  ///< |e| = (1 - q) / (1 + q)
    bool central;
  };
  std::int64_t halo = 0;
  std::vector<Galaxy> galaxies;
};
/// A projected correlation and the theory that was fitted to it.
struct FittedCurve {
  std::string name;               ///< "wg_plus" or "wgg"
  std::vector<double> low, high;  ///< (n) of r_p [Mpc/h]
  std::vector<double> value, error, model;
};
/// Alignments of a catalogue of galaxies. From correlations*.hdf5.
struct AlignmentResult {
  std::string label;
  bool truth = false;     ///< others are compared with this one
  std::string reference;  ///< name of alignment_reference; empty for none
  std::vector<CorrelationCurve> curves;
  std::vector<double> b_to_a, c_to_a;  ///< galaxies in equal bins of 0 to 1; may be empty
  std::vector<Metric> fits;            ///< strengths of alignment
  std::vector<FittedCurve> fitted;     ///< theory beside what it was fitted to
  std::vector<GalaxyPicture> pictures;
};

/// Galaxies in halos, one element of each list for each bin. From galaxies.hdf5.
struct PopulationResult {
  std::vector<double> edges;                           ///< of halo mass [Msun/h]
  std::vector<double> halos, centrals, satellites;     ///< numbers
  std::vector<double> mean_centrals, mean_satellites;  ///< of the model
  std::vector<double> ratio_edges;                     ///< of ratios and ellipticities
  std::vector<double> b_to_a, c_to_a, ellipticity;     ///< numbers of galaxies
};

/// All that a report may show; what is absent is left out of the page.
struct ReportContent {
  std::string title = "Posterior from a weak-lensing map";
  ObservedMap map;
  std::optional<PosteriorSamples> posterior;
  std::optional<ReferenceChain> reference;
  std::optional<inference::ChainComparison> comparison;  ///< with `reference`; computed if absent
  std::vector<TrainingCurve> training;
  std::optional<inference::CalibrationResult> calibration;
  std::vector<SimulationOutput> simulation;  ///< from early to late
  std::optional<MassFunctionResult> mass_function;
  std::vector<OrientationResult> orientations;
  std::vector<DigitResult> digits;
  std::optional<ConeHalos> cone_halos;
  std::vector<AlignmentResult> alignments;
  std::vector<ContaminationResult> contamination;
  std::optional<PopulationResult> population;
  std::vector<Metric> metrics;                                ///< further numbers, shown and stored
  std::vector<std::pair<std::string, double>> timings;        ///< what, seconds
  std::vector<std::pair<std::string, std::string>> versions;  ///< facts of provenance
  std::uint64_t seed = 1;                                     ///< of the classifier two-sample test
};

/// Every number of the report: posterior summaries, comparison with the reference, figures of
/// merit, calibration statistics, training losses, halos by mass and on the light cone, alignments,
/// spectra of shapes and shears, timings, then content.metrics.
std::vector<Metric> all_metrics(ReportContent const& content);

/// What the beginnings of the page and of the CSV hold, by which they are known as reports.
inline constexpr char page_mark[] = R"(name="generator" content="shearwater")";
inline constexpr char csv_mark[] = "name,value,error,unit,reference,source";

/// The page; no script, no network. `metrics` is what all_metrics returned.
std::string html(ReportContent const& content, std::vector<Metric> const& metrics);
/// Columns name, value, error, unit, reference, source.
std::string metrics_csv(std::vector<Metric> const& metrics);

/// Writes folder/report.html and folder/metrics.csv, each atomically. Call it on one rank. Throws
/// InputError when they exist and may not be replaced or arrays do not fit, IoError when writing
/// fails.
void write_report(std::string const& folder, ReportContent const& content,
                  io::Existing existing = io::Existing::replace);

}  // namespace shearwater::report
