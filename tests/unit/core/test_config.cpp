// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>

#include "catch.hpp"
#include "shearwater/core/config.hpp"
#include "shearwater/core/error.hpp"

using namespace shearwater::core;

namespace {

struct MapTable {
  std::int64_t pixels = 128;
  double width_deg = 5.0;
  std::string field = "lognormal";
  std::vector<std::int64_t> channels = {16, 32};
  void describe(Fields& field_of) {
    field_of("pixels", pixels, "pixels", "side of the map").between(16, 8192).power_of_two();
    field_of("width_deg", width_deg, "deg", "side of the map").positive();
    field_of("field", field, "", "kind of field").one_of({"gaussian", "lognormal"});
    field_of("channels", channels, "", "channels of each stage").at_least(1);
  }
};

struct NeedsName {
  std::string name;
  void describe(Fields& field) { field("name", name, "", "name of the survey").required(); }
};

/// The message of the InputError that reading `text` as [maps] throws; "" when it throws none.
std::string message_of(std::string const& text) {
  try {
    auto config = Config::from_text(text, "maps.toml");
    config.read<MapTable>("maps");
    config.refuse_unread();
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("an input overrides defaults and keeps the rest", "[core][config]") {
  auto config = Config::from_text("[maps]\npixels = 256\nwidth_deg = 10\n", "maps.toml");
  auto const maps = config.read<MapTable>("maps");
  CHECK(maps.pixels == 256);
  CHECK(maps.width_deg == 10.0);
  CHECK(maps.field == "lognormal");
  CHECK_NOTHROW(config.refuse_unread());
}

TEST_CASE("a mistake in an input is reported with its place and the remedy", "[core][config]") {
  CHECK(message_of("[maps]\npixels = 64\n").empty());
  CHECK_THAT(message_of("[maps]\nwidht_deg = 5\n"),
             ContainsSubstring(
                 "maps.toml:2:1: unknown key 'widht_deg' in [maps]; did you mean 'width_deg'?"));
  CHECK_THAT(message_of("[maps]\npixels = 300\n"),
             ContainsSubstring("maps.pixels = 300: must be between 16 and 8192, a power of two"));
  CHECK_THAT(message_of("[maps]\npixels = 64.5\n"), ContainsSubstring("must be a whole number"));
  CHECK_THAT(message_of("[maps]\nwidth_deg = -1\n"), ContainsSubstring("greater than 0"));
  CHECK_THAT(message_of("[maps]\nwidth_deg = inf\n"), ContainsSubstring("and finite"));
  CHECK_THAT(message_of("[maps]\nfield = 'lognormel'\n"),
             ContainsSubstring("did you mean 'lognormal'?"));
  CHECK_THAT(message_of("[map]\npixels = 64\n"),
             ContainsSubstring("unknown table [map]; did you mean 'maps'?"));
  CHECK_THAT(message_of("pixels = 64\n"), ContainsSubstring("'pixels' is not known here"));
  CHECK_THAT(message_of("[maps\n"), ContainsSubstring("not valid TOML"));
  CHECK_THAT(message_of("[maps]\nchannels = [8, 0]\n"), ContainsSubstring("must be at least 1"));
}

TEST_CASE("a missing required key says what to give", "[core][config]") {
  auto config = Config::from_text("", "survey.toml");
  CHECK_THROWS_WITH(config.read<NeedsName>("survey"), ContainsSubstring("survey.name is missing"));
}

TEST_CASE("--set changes one key and is checked like the file", "[core][config]") {
  auto config = Config::from_text("[maps]\npixels = 256\n", "maps.toml",
                                  {"maps.pixels=64", "maps.field=gaussian", "maps.channels=[4]"});
  auto const maps = config.read<MapTable>("maps");
  CHECK(maps.pixels == 64);
  CHECK(maps.field == "gaussian");
  CHECK(maps.channels == std::vector<std::int64_t>{4});
  CHECK_THROWS_WITH(Config::from_text("", "x", {"pixels"}),
                    ContainsSubstring("expected table.key=value"));
}

TEST_CASE("the resolved text reads back to the same values", "[core][config]") {
  auto config = Config::from_text("[maps]\nwidth_deg = 0.1\n", "maps.toml");
  config.read<MapTable>("maps");
  auto again = Config::from_text(config.resolved(), "resolved");
  auto const maps = again.read<MapTable>("maps");
  CHECK(maps.width_deg == 0.1);
  CHECK(again.resolved() == config.resolved());
}

TEST_CASE("a relative file name is kept from the folder of the input", "[core][config]") {
  struct FileTable {
    std::string table, other = "default.txt";
    void describe(shearwater::core::Fields& field) {
      field("table", table, "", "a file").path();
      field("other", other, "", "a file").path();
    }
  };
  auto const read = [](std::string const& name) {
    auto config = Config::from_text("[files]\ntable = \"" + name + "\"\n", "/data/inputs/a.toml");
    auto const files = config.read<FileTable>("files");
    CHECK_THAT(config.resolved(), ContainsSubstring("table = \"" + files.table + "\""));
    CHECK(files.other == "default.txt");
    return files.table;
  };
  CHECK(read("pk.dat") == "/data/inputs/pk.dat");
  CHECK(read("../pk.dat") == "/data/pk.dat");
  CHECK(read("/else/pk.dat") == "/else/pk.dat");
  CHECK(read("${HOME}/pk.dat") == "${HOME}/pk.dat");
  CHECK(read("").empty());
  auto config = Config::from_text("[files]\ntable = \"pk.dat\"\n", "a.toml");
  CHECK(config.read<FileTable>("files").table == std::filesystem::current_path() / "pk.dat");
}

TEST_CASE("what the command line names is read as if the input gave it", "[core][config]") {
  auto config = Config::from_text("[survey]\nname = 'a'\n", "survey.toml");
  config.set("survey", "name", "1.5");
  CHECK(config.read<NeedsName>("survey").name == "1.5");
  auto empty = Config::from_text("", "survey.toml");
  empty.set("survey", "name", "b");
  CHECK(empty.read<NeedsName>("survey").name == "b");
}

TEST_CASE("two resolved inputs differ in the first key that is not left out", "[core][config]") {
  auto const keys = [](std::string const& text) { return resolved_keys(text, {"output.", "a.x"}); };
  std::string const text = "[a]\nx = 1\ny = \"b = c\"\n\n[output]\npath = \"p\"\n\n[c.d]\nz = 3\n";
  CHECK(keys(text) == ResolvedKeys{{"a.y", "\"b = c\""}, {"c.d.z", "3"}});
  CHECK(first_difference(keys(text), keys("[c.d]\nz = 3\n[a]\ny = \"b = c\"\n")).empty());
  CHECK(first_difference(keys(text), keys("[a]\ny = \"b = c\"\n[c.d]\nz = 4\n")) ==
        "c.d.z is 3 there and 4 here");
  CHECK(first_difference(keys("[a]\ny = 1\n"), {}) == "a.y is 1 there and absent here");
}

TEST_CASE("an array of tables is read element by element", "[core][config]") {
  auto config = Config::from_text("[[maps]]\npixels = 32\n[[maps]]\npixels = 64\n", "chain.toml");
  REQUIRE(config.array_size("maps") == 2);
  CHECK(config.read<MapTable>("maps[0]").pixels == 32);
  CHECK(config.read<MapTable>("maps[1]").pixels == 64);
  CHECK_NOTHROW(config.refuse_unread());
}

TEST_CASE("help names every key with unit, range and default", "[core][config]") {
  auto const text = describe_table<MapTable>("maps", "One set of maps");
  CHECK_THAT(text, ContainsSubstring("pixels = 128"));
  CHECK_THAT(text,
             ContainsSubstring("[pixels] side of the map; between 16 and 8192, a power of two"));
  auto config = Config::from_text(text, "help");
  CHECK(config.read<MapTable>("maps").pixels == 128);
}

TEST_CASE("a missing input file is an input/output error", "[core][config]") {
  CHECK_THROWS_AS(Config::from_file("no/such/input.toml"), IoError);
}
