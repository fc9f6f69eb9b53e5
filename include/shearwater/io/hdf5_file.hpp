// SPDX-License-Identifier: BSD-3-Clause
// HDF5 files: written in parallel and collectively, read independently. Every dataset is chunked by
// its global shape alone, carries Fletcher32 checksums, a unit, its powers of a and h, and a
// description; there are no time stamps and no variable-length types. So a file's content does not
// depend on the number of ranks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "shearwater/core/provenance.hpp"
#include "shearwater/io/array.hpp"
#include "shearwater/io/files.hpp"
#include "shearwater/parallel/communicator.hpp"

namespace shearwater::io {

/// Highest `format_version` that this program writes and reads.
inline constexpr std::int64_t format_version = 1;

/// What a dataset's numbers mean: value = stored * a^power_of_a * h^power_of_h `unit`.
struct Meaning {
  std::string unit;  ///< "1" for pure numbers
  std::string description;
  double power_of_a = 0, power_of_h = 0;
};

using AttributeValue = std::variant<std::string, std::int64_t, double, std::vector<std::string>,
                                    std::vector<double>, std::vector<std::int64_t>>;

struct OutputOptions {
  Existing existing = Existing::refuse;
  std::int64_t expected_bytes = 0;  ///< of all datasets, for the check of free space
  /// Seconds without progress in one HDF5 call after which the watchdog ends the program: where the
  /// disk is full, and in any case. SHEARWATER_IO_PATIENCE overrides the first.
  double patience_full_seconds = 10, patience_seconds = 900;
};

/// A file being written. All functions are collective over the communicator given at the start and
/// take the same arguments on every rank, but for the rows.
///
/// Errors: what can be known before data flow (existing output, no permission, too little space) is
/// thrown on every rank. A write that fails later (a full disk above all) ends the program with one
/// message and exit code 74 by MPI_Abort, because HDF5 would wait for ever in closing the file; the
/// old file stays. Left without commit(), the temporary file is removed.
class OutputFile {
 public:
  /// Writes beside `path` until commit(). `schema` says what the file is ("maps", "posterior",
  /// ...).
  OutputFile(parallel::Communicator const& comm, std::string const& path, std::string const& schema,
             core::Provenance const& provenance, OutputOptions const& options = {});
  ~OutputFile();
  OutputFile(OutputFile const&) = delete;
  OutputFile& operator=(OutputFile const&) = delete;

  /// Makes a group; its parents must exist ("" and "/" are the root).
  void create_group(std::string const& name);
  /// Makes a dataset of at least one axis.
  void create(std::string const& name, ElementType type, Shape const& shape,
              Meaning const& meaning);
  /// Attribute of a dataset or group.
  void attribute(std::string const& object, std::string const& name, AttributeValue const& value);

  /// Writes rows [first, first + n) of the leading axis from this rank; n follows from the number
  /// of values and may be 0. Rows of different ranks do not overlap.
  template <class T>
  void write_rows(std::string const& name, std::int64_t first, std::span<T const> values) {
    write_bytes(name, element_type<T>(), first, std::as_bytes(values));
  }
  /// create() and write_rows() in one: `mine` holds this rank's rows from `first` on.
  template <class T>
  void put(std::string const& name, Shape const& shape, std::int64_t first, std::span<T const> mine,
           Meaning const& meaning) {
    create(name, element_type<T>(), shape, meaning);
    write_rows(name, first, mine);
  }
  /// The whole dataset from rank 0; the other ranks' values are ignored.
  template <class T>
  void put_from_root(std::string const& name, Shape const& shape, std::span<T const> values,
                     Meaning const& meaning) {
    put(name, shape, 0, comm().is_root() ? values : std::span<T const>{}, meaning);
  }

  /// Flushes, closes, syncs, renames to the final name. Nothing may be written afterwards.
  void commit();

  parallel::Communicator const& comm() const;
  /// Why HDF5 did not write collectively so far ("none" when it did).
  std::string no_collective_cause() const;

 private:
  void write_bytes(std::string const& name, ElementType type, std::int64_t first,
                   std::span<std::byte const> bytes);
  struct State;
  std::unique_ptr<State> state_;
};

struct DatasetInfo {
  ElementType type = ElementType::float32;
  Shape shape;
  Meaning meaning;        ///< empty texts where the file says nothing
  bool checksum = false;  ///< Fletcher32
  Shape chunk;            ///< empty when contiguous
};

/// A file being read by this rank alone (no MPI inside); safe to call from several threads.
/// External and soft links, external storage, virtual datasets and filter plugins are refused.
class InputFile {
 public:
  /// Throws IoError when the file is missing, not HDF5 or truncated.
  explicit InputFile(std::string const& path);
  ~InputFile();
  InputFile(InputFile&&) noexcept;

  std::string const& path() const;
  bool contains(std::string const& name) const;
  bool is_group(std::string const& name) const;
  /// Names directly in a group, sorted.
  std::vector<std::string> children(std::string const& group = "/") const;
  /// Throws InputError naming what there is when `name` is missing or of a type we do not read.
  DatasetInfo info(std::string const& name) const;

  std::vector<std::string> attribute_names(std::string const& object) const;
  bool has_attribute(std::string const& object, std::string const& name) const;
  /// Throws InputError when it is missing or neither text nor number.
  AttributeValue attribute(std::string const& object, std::string const& name) const;
  std::string text(std::string const& object, std::string const& name) const;
  std::int64_t integer(std::string const& object, std::string const& name) const;
  double number(std::string const& object, std::string const& name) const;
  std::vector<std::string> texts(std::string const& object, std::string const& name) const;

  /// The whole dataset. Throws InputError beyond `size_cap` bytes, IoError when a checksum fails.
  Array read(std::string const& name, std::int64_t size_cap = default_size_cap) const;
  /// Rows [first, first + count) of the leading axis.
  Array read_rows(std::string const& name, std::int64_t first, std::int64_t count,
                  std::int64_t size_cap = default_size_cap) const;
  template <class T>
  std::vector<T> rows(std::string const& name, std::int64_t first, std::int64_t count) const {
    auto const array = read_rows(name, first, count);
    auto const values = array.template as<T>();
    return {values.begin(), values.end()};
  }
  template <class T>
  std::vector<T> values(std::string const& name) const {
    auto const array = read(name);
    auto const all = array.template as<T>();
    return {all.begin(), all.end()};
  }

  /// Throws InputError when the file is of another schema or a newer format than this program's.
  void check_schema(std::string const& schema) const;
  /// Throws InputError unless the dataset's unit is `unit`.
  void check_unit(std::string const& name, std::string const& unit) const;
  /// Throws InputError unless the shape is this one; -1 stands for any extent.
  void check_shape(std::string const& name, Shape const& shape) const;
  core::Provenance provenance() const;

  struct State;  ///< for the module's own sources

 private:
  std::unique_ptr<State> state_;
};

/// Chunk of a dataset of this shape and element size: whole trailing axes up to 256 KiB, from the
/// shape alone, so that it is the same on any number of ranks.
Shape chunk_shape(Shape const& shape, std::size_t element_size);

/// XXH3-128 over names, types, shapes, attributes and data in sorted order; /Provenance/Run is left
/// out. Two files are "the same" when it is equal. Throws IoError when the file is damaged.
std::string digest(std::string const& path);

/// What a result says of a file that it was made from: the digest of one of this program's, which
/// is the same when that file is made once more, or core::hash_file of any other. Throws as these
/// do.
std::string content_hash(std::string const& path);

}  // namespace shearwater::io
