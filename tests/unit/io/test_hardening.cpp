// SPDX-License-Identifier: BSD-3-Clause
// Files that were not made by us, some to do harm: links, foreign storage, versions, lies about
// size.
#include <hdf5.h>

#include "catch.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/hdf5_file.hpp"
#include "shearwater/io/inspect.hpp"
#include "shearwater/io/map_file.hpp"
#include "support.hpp"

using namespace shearwater;

namespace {

/// A file made with the plain C interface.
class RawFile {
 public:
  explicit RawFile(std::string const& path)
      : file_(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ~RawFile() { H5Fclose(file_); }
  hid_t get() const { return file_; }
  void dataset(char const* name, hid_t type, std::vector<hsize_t> const& size,
               hid_t properties = H5P_DEFAULT) const {
    hid_t const space = H5Screate_simple(static_cast<int>(size.size()), size.data(), nullptr);
    hid_t const id = H5Dcreate2(file_, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    REQUIRE(id >= 0);
    H5Dclose(id);
    H5Sclose(space);
  }
  void root_attribute(char const* name, hid_t type, void const* value) const {
    hid_t const space = H5Screate(H5S_SCALAR);
    hid_t const id = H5Acreate2(file_, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(id, type, value);
    H5Aclose(id);
    H5Sclose(space);
  }

 private:
  hid_t file_;
};

hid_t text_of(std::size_t length, bool variable = false) {
  hid_t const type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, variable ? H5T_VARIABLE : length);
  return type;
}

}  // namespace

TEST_CASE("links to other files and names are not followed") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.h5");
  {
    RawFile const other(scratch.file("secret.h5"));
    other.dataset("maps", H5T_NATIVE_FLOAT, {4, 4});
    RawFile const file(path);
    H5Lcreate_external(scratch.file("secret.h5").c_str(), "/maps", file.get(), "maps", H5P_DEFAULT,
                       H5P_DEFAULT);
    H5Lcreate_soft("/maps", file.get(), "soft", H5P_DEFAULT, H5P_DEFAULT);
  }
  io::InputFile const file(path);
  for (auto const* name : {"maps", "soft"})
    CHECK_THROWS_WITH(file.read(name), ContainsSubstring("which is not followed"));
  CHECK_THROWS_AS(io::digest(path), core::InputError);
  CHECK_THAT(io::inspect(path), ContainsSubstring("not followed"));
}

TEST_CASE("data kept in other files and unknown filters are refused") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.h5");
  {
    RawFile const file(path);
    hid_t const external = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(external, "/etc/hostname", 0, 8);
    file.dataset("external", H5T_NATIVE_UINT8, {8}, external);
    H5Pclose(external);
    hid_t const odd = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t const chunk = 8;
    H5Pset_chunk(odd, 1, &chunk);
    H5Pset_filter(odd, 32015, H5Z_FLAG_OPTIONAL, 0, nullptr);
    file.dataset("odd", H5T_NATIVE_UINT8, {8}, odd);
    H5Pclose(odd);
  }
  io::InputFile const file(path);
  CHECK_THROWS_WITH(file.read("external"), ContainsSubstring("keeps its data in other files"));
  CHECK_THROWS_WITH(file.read("odd"), ContainsSubstring("uses filter 32015"));
}

TEST_CASE("a dataset that claims more than the cap is refused before memory is taken") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.h5");
  {
    RawFile const file(path);
    hid_t const chunked = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t const chunk[] = {1, 1024};
    H5Pset_chunk(chunked, 2, chunk);
    file.dataset("bomb", H5T_NATIVE_DOUBLE, {hsize_t{1} << 40, 1024}, chunked);
    H5Pclose(chunked);
    file.dataset("complex", H5T_NATIVE_LDOUBLE, {4});
  }
  io::InputFile const file(path);
  CHECK_THROWS_WITH(file.read("bomb"), ContainsSubstring("takes more than the"));
  CHECK(file.read_rows("bomb", 5, 2).size() == 2048);
  CHECK_THROWS_WITH(file.read("complex"), ContainsSubstring("store it as one of these"));
}

TEST_CASE("newer formats and other schemas are refused, older formats read") {
  test::ScratchFolder const scratch;
  auto const write = [&](std::string const& name, std::int64_t version) {
    RawFile const file(scratch.file(name));
    file.root_attribute("format_version", H5T_NATIVE_INT64, &version);
    hid_t const text = text_of(4);
    file.root_attribute("schema", text, "maps");
    H5Tclose(text);
  };
  write("newer.h5", io::format_version + 1);
  write("older.h5", io::format_version - 1);
  CHECK_THROWS_WITH(io::MapFileReader(scratch.file("newer.h5")),
                    ContainsSubstring("use a newer shearwater"));
  io::InputFile const older(scratch.file("older.h5"));
  CHECK_NOTHROW(older.check_schema("maps"));
  CHECK_THROWS_WITH(older.check_schema("posterior"), ContainsSubstring("'posterior' is needed"));
  RawFile(scratch.file("none.h5")).dataset("maps", H5T_NATIVE_FLOAT, {1, 1, 4, 4});
  CHECK_THROWS_WITH(io::MapFileReader(scratch.file("none.h5")),
                    ContainsSubstring("not a file of this program"));
  CHECK_THROWS_AS(io::stored_input(scratch.file("none.h5")), core::InputError);
}

TEST_CASE("attributes of variable length, as other programs write them, are read") {
  test::ScratchFolder const scratch;
  auto const path = scratch.file("a.h5");
  {
    RawFile const file(path);
    hid_t const text = text_of(0, true);
    char const* value = "from elsewhere";
    file.root_attribute("remark", text, &value);
    H5Tclose(text);
  }
  CHECK(io::InputFile(path).text("/", "remark") == "from elsewhere");
  io::write_file(scratch.file("text.h5"), "not HDF5 at all");
  CHECK_THROWS_WITH(io::InputFile(scratch.file("text.h5")), ContainsSubstring("not an HDF5 file"));
}
