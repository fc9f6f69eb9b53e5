// SPDX-License-Identifier: BSD-3-Clause
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>

#include "descriptor.hpp"
#include "hdf5_handle.hpp"
#include "pieces.hpp"
#include "shearwater/core/error.hpp"
#include "temporary.hpp"
#include "watchdog.hpp"

namespace shearwater::io {

namespace {

/// Longer facts become datasets: an attribute must fit into one message of an object's header.
constexpr std::size_t longest_attribute = 32768;
constexpr std::int64_t smallest_file = 1 << 16;

struct Dataset {
  ElementType type;
  Shape shape;
  Handle handle;
};

double patience_of(OutputOptions const& options) {
  char const* const text = std::getenv("SHEARWATER_IO_PATIENCE");
  double const asked = text == nullptr ? 0 : std::strtod(text, nullptr);
  return asked > 0 ? asked : options.patience_full_seconds;
}

}  // namespace

struct OutputFile::State {
  State(parallel::Communicator const& c, std::string const& p, OutputOptions const& o)
      : comm(c),
        path(p),
        temporary(comm.broadcast(c.is_root() ? claim_temporary(p) : "")),
        options(o),
        watchdog(p, temporary, c.is_root(), patience_of(o), o.patience_seconds) {}
  /// Closing is collective and the other ranks may be elsewhere: without commit() the identifiers
  /// are given up, and HDF5 closes them when MPI ends.
  ~State() {
    if (!file.valid()) return;
    for (auto& [name, dataset] : datasets) dataset.handle.abandon();
    file.abandon();
    if (comm.is_root()) remove_temporary(temporary);
  }
  State(State const&) = delete;
  State& operator=(State const&) = delete;

  parallel::Communicator comm;
  std::string path, temporary;
  OutputOptions options;
  Watchdog watchdog;
  Handle file;
  std::map<std::string, Dataset> datasets;
  std::uint32_t no_collective = 0;
  std::int64_t promised_bytes = 0, written_bytes = 0;

  void agree(bool ok, std::string const& what);
  [[noreturn]] void give_up(bool ok, std::string const& what);
  bool enough_space(std::int64_t bytes) const;
  void open();
  bool write_piece(Dataset const& dataset, Piece const* piece, std::byte const* bytes);
};

/// Goes on when all ranks succeeded; else ends the program.
void OutputFile::State::agree(bool ok, std::string const& what) {
  if (!comm.all(ok)) give_up(ok, what);
}

void OutputFile::State::give_up(bool ok, std::string const& what) {
  std::string const mine = ok ? "" : hdf5_error();
  auto const first = static_cast<int>(comm.min(std::int64_t{ok ? comm.size() : comm.rank()}));
  auto const reason = comm.broadcast(mine, first);
  if (comm.is_root()) {
    remove_temporary(temporary);
    std::cerr << fmt::format(
                     "shearwater: error: {}: {} failed on rank {}: {}. The unfinished file was "
                     "removed; it replaced nothing. Check the space and the quota of its disk, "
                     "and run again.",
                     path, what, first, reason)
              << std::endl;
    // Alone there is nobody to end, and MPI would add nine lines to the one above.
    if (comm.size() > 1) MPI_Abort(comm.raw(), static_cast<int>(core::ExitCode::io));
    _exit(static_cast<int>(core::ExitCode::io));
  }
  // Only the root may speak and abort; should it be unable to, nobody waits for ever.
  sleep(30);
  _exit(static_cast<int>(core::ExitCode::io));
}

/// On the root: whether this many bytes still fit. Leaves an entry on the error stack if not.
bool OutputFile::State::enough_space(std::int64_t bytes) const {
  if (!comm.is_root() || bytes == 0) return true;
  std::int64_t const free = free_or_plenty(path);
  if (free >= bytes) return true;
  auto const text = fmt::format("no space left: {:.1f} MB are needed, {:.1f} MB are free",
                                static_cast<double>(bytes) / 1e6, static_cast<double>(free) / 1e6);
  H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_IO, H5E_WRITEERROR, "%s",
           text.c_str());
  return false;
}

void OutputFile::State::open() {
  comm.on_root([&] {
    require_writable(path, options.existing);
    require_space(path, std::max(options.expected_bytes, smallest_file));
    Descriptor const probe(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!probe.is_open())
      throw core::IoError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  });
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  bool const ready = H5Pset_fapl_mpio(access.get(), comm.raw(), MPI_INFO_NULL) >= 0 &&
                     H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0 &&
                     H5Pset_all_coll_metadata_ops(access.get(), true) >= 0 &&
                     H5Pset_coll_metadata_write(access.get(), true) >= 0;
  agree(ready, "preparing it");
  auto const creation = object_properties(H5P_FILE_CREATE);
  H5Pset_link_phase_change(creation.get(), 65535, 0);
  Watchdog::Guard const guard(watchdog, "creating it");
  file =
      Handle(H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose);
  agree(file.valid(), "creating it");
}

namespace {

/// Facts must be equal on all ranks, because HDF5 writes its metadata from any of them.
core::Provenance::Facts from_root(parallel::Communicator const& comm,
                                  core::Provenance::Facts facts) {
  auto count = static_cast<std::int64_t>(facts.size());
  comm.broadcast(std::span(&count, 1));
  facts.resize(static_cast<std::size_t>(count));
  for (auto& [name, value] : facts) {
    name = comm.broadcast(name);
    value = comm.broadcast(value);
  }
  return facts;
}

void write_facts(OutputFile& file, std::string const& group, core::Provenance::Facts const& facts) {
  file.create_group(group);
  for (auto const& [name, value] : from_root(file.comm(), facts)) {
    if (value.size() <= longest_attribute) {
      file.attribute(group, name, value);
    } else {
      auto const* first = reinterpret_cast<std::uint8_t const*>(value.data());
      file.put_from_root(group + "/" + name, {static_cast<std::int64_t>(value.size())},
                         std::span(first, value.size()), {"1", name + " (UTF-8 text)"});
    }
  }
}

}  // namespace

OutputFile::OutputFile(parallel::Communicator const& comm, std::string const& path,
                       std::string const& schema, core::Provenance const& provenance,
                       OutputOptions const& options)
    : state_(std::make_unique<State>(comm, path, options)) {
  auto const lock = lock_hdf5();
  state_->open();
  attribute("/", "format_version", format_version);
  attribute("/", "schema", schema);
  write_facts(*this, "/Provenance", provenance.origin);
  write_facts(*this, "/Provenance/Run", provenance.run);
}

OutputFile::~OutputFile() = default;

parallel::Communicator const& OutputFile::comm() const { return state_->comm; }

void OutputFile::create_group(std::string const& name) {
  auto const lock = lock_hdf5();
  auto const properties = object_properties(H5P_GROUP_CREATE);
  H5Pset_link_phase_change(properties.get(), 65535, 0);
  state_->comm.barrier();
  Watchdog::Guard const guard(state_->watchdog, "making the group " + name);
  Handle group(
      H5Gcreate2(state_->file.get(), name.c_str(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
      H5Gclose);
  state_->agree(group.valid() && group.close(), "making the group " + name);
}

Shape chunk_shape(Shape const& shape, std::size_t element_size) {
  constexpr std::int64_t target = 256 * 1024;
  Shape chunk(shape.size(), 1);
  auto bytes = static_cast<std::int64_t>(element_size);
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    chunk[axis] =
        std::clamp<std::int64_t>(target / bytes, 1, std::max<std::int64_t>(shape[axis], 1));
    bytes *= chunk[axis];
  }
  return chunk;
}

void OutputFile::create(std::string const& name, ElementType type, Shape const& shape,
                        Meaning const& meaning) {
  core::require(!shape.empty() && !state_->datasets.contains(name),
                fmt::format("dataset '{}' needs an axis and a name of its own", name));
  core::require(!meaning.unit.empty() && !meaning.description.empty(),
                fmt::format("dataset '{}' needs a unit (\"1\" for none) and a description", name));
  auto const lock = lock_hdf5();
  auto const bytes = element_count(shape) * static_cast<std::int64_t>(element_size(type));
  auto const properties = object_properties(H5P_DATASET_CREATE);
  auto const chunk = extents(chunk_shape(shape, element_size(type)));
  auto const size = extents(shape);
  auto const rank = static_cast<int>(shape.size());
  bool const ready = H5Pset_chunk(properties.get(), rank, chunk.data()) >= 0 &&
                     H5Pset_fletcher32(properties.get()) >= 0;
  Handle const space(H5Screate_simple(rank, size.data(), nullptr), H5Sclose);
  auto const what = "making the dataset " + name;
  state_->promised_bytes += bytes;
  state_->agree(
      ready && state_->enough_space((state_->promised_bytes - state_->written_bytes) / 10 * 11),
      what);
  Watchdog::Guard const guard(state_->watchdog, what);
  Handle dataset(H5Dcreate2(state_->file.get(), name.c_str(), native_type(type), space.get(),
                            H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                 H5Dclose);
  bool const ok = dataset.valid() && write_attribute(dataset.get(), "unit", meaning.unit) &&
                  write_attribute(dataset.get(), "description", meaning.description) &&
                  write_attribute(dataset.get(), "power_of_a", meaning.power_of_a) &&
                  write_attribute(dataset.get(), "power_of_h", meaning.power_of_h);
  state_->agree(ok, what);
  state_->datasets.emplace(name, Dataset{type, shape, std::move(dataset)});
}

void OutputFile::attribute(std::string const& object, std::string const& name,
                           AttributeValue const& value) {
  auto const lock = lock_hdf5();
  auto const what = "writing the attribute " + name + " of " + object;
  state_->comm.barrier();
  Watchdog::Guard const guard(state_->watchdog, what);
  Handle target(H5Oopen(state_->file.get(), object.empty() ? "/" : object.c_str(), H5P_DEFAULT),
                H5Oclose);
  state_->agree(target.valid() && write_attribute(target.get(), name, value) && target.close(),
                what);
}

namespace {

/// Selects the piece in the file's dataspace and gives that of the memory.
bool select_piece(Piece const& piece, Handle const& space, Handle& memory) {
  auto const start = extents(piece.start), count = extents(piece.count);
  memory =
      Handle(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  return memory.valid() && H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr,
                                               count.data(), nullptr) >= 0;
}

bool select_nothing(Handle const& space, Handle& memory) {
  hsize_t const one = 1;
  memory = Handle(H5Screate_simple(1, &one, nullptr), H5Sclose);
  return memory.valid() && H5Sselect_none(space.get()) >= 0 && H5Sselect_none(memory.get()) >= 0;
}

}  // namespace

/// One collective call; `piece` is null on a rank that has no rows left. A rank whose piece cannot
/// be selected writes nothing, because the others wait for it in the call, and reports it after.
bool OutputFile::State::write_piece(Dataset const& dataset, Piece const* piece,
                                    std::byte const* bytes) {
  Handle const space(H5Dget_space(dataset.handle.get()), H5Sclose);
  Handle memory;
  bool const selected = piece != nullptr && select_piece(*piece, space, memory);
  bool ok = selected || (select_nothing(space, memory) && piece == nullptr);
  Handle const transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  ok = H5Pset_dxpl_mpio(transfer.get(), H5FD_MPIO_COLLECTIVE) >= 0 && ok;
  std::byte const nothing{};
  ok = H5Dwrite(dataset.handle.get(), native_type(dataset.type), memory.get(), space.get(),
                transfer.get(), selected ? bytes + piece->byte_offset : &nothing) >= 0 &&
       ok;
  std::uint32_t local = 0, global = 0;
  ok = H5Pget_mpio_no_collective_cause(transfer.get(), &local, &global) >= 0 && ok;
  no_collective |= local | global;
  return ok;
}

void OutputFile::write_bytes(std::string const& name, ElementType type, std::int64_t first,
                             std::span<std::byte const> bytes) {
  auto const found = state_->datasets.find(name);
  core::require(found != state_->datasets.end() && found->second.type == type,
                fmt::format("there is no dataset '{}' of {}", name, type_name(type)));
  auto const lock = lock_hdf5();
  auto const& [stored, shape, handle] = found->second;
  auto const row_shape = Shape(shape.begin() + 1, shape.end());
  auto const row = element_count(row_shape) * static_cast<std::int64_t>(element_size(type));
  auto const count = row == 0 ? 0 : static_cast<std::int64_t>(bytes.size()) / row;
  state_->comm.together([&] {
    core::require(static_cast<std::int64_t>(bytes.size()) == count * row && first >= 0 &&
                      (count == 0 || first + count <= shape[0]),
                  fmt::format("{} bytes from row {} on do not fit '{}' of shape {}", bytes.size(),
                              first, name, shape_text(shape)));
  });
  auto const limit = static_cast<std::int64_t>(parallel::call_limit());
  Pieces const pieces(shape, first, count, static_cast<std::int64_t>(element_size(type)), limit);
  auto const rounds = state_->comm.max(count == 0 ? std::int64_t{0} : pieces.size());
  auto const all = state_->comm.sum(static_cast<std::int64_t>(bytes.size()));
  // What one round writes at most; the space is looked at before each.
  auto const round = std::min(all, limit * state_->comm.size());
  auto const what = "writing the dataset " + name;
  state_->agree(state_->enough_space(round), what);
  for (std::int64_t i = 0; i < rounds; ++i) {
    Watchdog::Guard const guard(state_->watchdog, what);
    bool const mine = count > 0 && i < pieces.size();
    Piece const piece = mine ? pieces.at(i) : Piece{};
    bool const ok = state_->write_piece(found->second, mine ? &piece : nullptr, bytes.data());
    state_->agree(ok && (i + 1 == rounds || state_->enough_space(round)), what);
  }
  state_->written_bytes += all;
}

void OutputFile::commit() {
  auto const lock = lock_hdf5();
  core::require(state_->file.valid(), "an output file is committed once");
  state_->agree(state_->enough_space(smallest_file), "closing it");
  {
    Watchdog::Guard const guard(state_->watchdog, "closing it");
    bool closed = H5Fflush(state_->file.get(), H5F_SCOPE_GLOBAL) >= 0;
    state_->agree(closed, "flushing it");
    for (auto& [name, dataset] : state_->datasets) closed = dataset.handle.close() && closed;
    closed = state_->file.close() && closed;
    state_->agree(closed, "closing it");
  }
  // Each node holds dirty pages of its own.
  state_->comm.together([&] { sync_path(state_->temporary); });
  state_->comm.on_root([&] {
    try {
      publish(state_->temporary, state_->path, state_->options.existing);
    } catch (core::InputError const& error) {
      // Somebody wrote it since this file was begun: hours of work are not to be lost for that.
      throw core::InputError(fmt::format("{}; what was written meanwhile is kept as {}",
                                         error.what(), state_->temporary));
    }
  });
}

std::string OutputFile::no_collective_cause() const {
  static std::map<std::uint32_t, char const*> const causes = {
      {H5D_MPIO_SET_INDEPENDENT, "independent access was asked for"},
      {H5D_MPIO_DATATYPE_CONVERSION, "type conversion"},
      {H5D_MPIO_DATA_TRANSFORMS, "data transforms"},
      {H5D_MPIO_NOT_SIMPLE_OR_SCALAR_DATASPACES, "a dataspace is not simple"},
      {H5D_MPIO_NOT_CONTIGUOUS_OR_CHUNKED_DATASET, "the layout is neither contiguous nor chunked"}};
  if (state_->no_collective == 0) return "none";
  std::string text;
  auto rest = state_->no_collective;
  for (auto const& [bit, cause] : causes) {
    if ((rest & bit) == 0) continue;
    text += (text.empty() ? "" : "; ") + std::string(cause);
    rest &= ~bit;
  }
  return rest == 0 ? text : text + fmt::format(" (bits {:#x})", rest);
}

}  // namespace shearwater::io
