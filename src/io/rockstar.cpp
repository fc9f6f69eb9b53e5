// SPDX-License-Identifier: BSD-3-Clause
// Rockstar's binary halo files (halos_SNAPSHOT.CHUNK.bin): a header of 256 bytes, records of 264
// bytes, then the particles' ids; little-endian. The layout is that of Rockstar 0.99.9 (format
// revisions 1 and 2), `struct binary_output_header` and `struct halo`.
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <fstream>

#include "halo_readers.hpp"
#include "shearwater/core/error.hpp"
#include "shearwater/io/files.hpp"

namespace shearwater::io {

namespace {

static_assert(std::endian::native == std::endian::little, "Rockstar's files are little-endian");

constexpr std::uint64_t magic = 0xfadedacec0c0d0d0;

struct Header {
  std::uint64_t magic;
  std::int64_t snapshot, chunk;
  float scale_factor, omega_m, omega_lambda, h;
  float bounds[6];
  std::int64_t halos, particles;
  float box_side, particle_mass;  // [Mpc/h], [Msun/h]
  std::int64_t particle_type;
  std::int32_t revision;
  char version[12];
  char unused[144];
};
static_assert(sizeof(Header) == 256);

struct Record {
  std::int64_t id;
  float position[3], velocity[3];  // [Mpc/h] comoving, [km/s] peculiar
  float core_velocity[3], bulk_velocity[3];
  float mass, radius;  // [Msun/h], [kpc/h] comoving
  float child_radius, vmax_radius, bound_mass, vmax, rvmax, scale_radius, klypin_radius, vrms;
  float angular_momentum[3], energy, spin, other_masses[4], x_offset, v_offset;
  float b_to_a, c_to_a, axis[3];
  float b_to_a_500c, c_to_a_500c, axis_500c[3];
  float bullock_spin, kinetic_to_potential, mass_behroozi, mass_diemer, half_mass_radius;
  std::int64_t particles, child_particles, first_particle, descendant, flags, core_particles;
  float errors[3];
  float padding;
};
static_assert(sizeof(Record) == 264);

}  // namespace

bool is_rockstar_binary(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t word = 0;
  return file.read(reinterpret_cast<char*>(&word), sizeof word) && word == magic;
}

HaloCatalogue read_rockstar_binary(std::string const& path) {
  auto const bytes = read_file(path);
  Header header{};
  bool const whole_header = bytes.size() >= sizeof header;
  if (whole_header) std::memcpy(&header, bytes.data(), sizeof header);
  auto const room = whole_header ? (bytes.size() - sizeof header) / sizeof(Record) : 0;
  if (!whole_header || header.halos < 0 || static_cast<std::uint64_t>(header.halos) > room)
    throw core::IoError(fmt::format(
        "{}: a Rockstar file of {} halos cannot have {} bytes: it is cut off; copy it again", path,
        header.halos, bytes.size()));
  if (header.revision < 1 || header.revision > 2)
    throw core::InputError(fmt::format(
        "{}: has Rockstar's format revision {}, but 1 and 2 are read: use its ASCII list", path,
        header.revision));
  HaloCatalogue c;
  c.format = "rockstar-binary";
  c.mass_definition = "Rockstar's first mass definition (virial by default), bound particles";
  c.box_side = static_cast<double>(header.box_side);
  c.scale_factor = static_cast<double>(header.scale_factor);
  c.omega_m = static_cast<double>(header.omega_m);
  c.h = static_cast<double>(header.h);
  c.particle_mass = static_cast<double>(header.particle_mass);
  for (std::int64_t i = 0; i < header.halos; ++i) {
    Record r;
    std::memcpy(&r, bytes.data() + sizeof header + static_cast<std::size_t>(i) * sizeof r,
                sizeof r);
    c.id.push_back(r.id);
    c.particles.push_back(r.particles);
    c.mass.push_back(static_cast<double>(r.mass));
    c.radius.push_back(1e-3 * static_cast<double>(r.radius));
    for (int a = 0; a < 3; ++a) {
      c.position.push_back(static_cast<double>(r.position[a]));
      c.velocity.push_back(static_cast<double>(r.velocity[a]));
      c.major_axis.push_back(static_cast<double>(r.axis[a]));
    }
    c.b_to_a.push_back(static_cast<double>(r.b_to_a));
    c.c_to_a.push_back(static_cast<double>(r.c_to_a));
    c.spin.push_back(static_cast<double>(r.bullock_spin));
  }
  return c;
}

}  // namespace shearwater::io
