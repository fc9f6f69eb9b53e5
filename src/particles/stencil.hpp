// SPDX-License-Identifier: BSD-3-Clause
// Clouds in cells and differences of two points, for a few particles at a time: loops over them
// become vectors.
#pragma once

#include <cstring>

#include "shearwater/core/vector_math.hpp"
#include "shearwater/particles/particle_slab.hpp"

namespace shearwater::particles {

/// So many particles are worked on together.
constexpr int kBunch = 16;  // even

/// The memory of a mesh with ghost planes.
struct MeshShape {
  std::int64_t side, first_plane;  ///< cells along a side; the plane of the mesh in storage plane 1
  KOKKOS_INLINE_FUNCTION std::int64_t row() const { return side + 2; }
  KOKKOS_INLINE_FUNCTION std::int64_t plane() const { return side * row(); }
};

/// The cells that a bunch lies in and where in them, from 0 to 1.
struct CellBunch {
  std::int64_t plane[kBunch];  ///< offset of the plane in storage
  std::int32_t row[kBunch], column[kBunch];
  float x[kBunch], y[kBunch], z[kBunch];

  KOKKOS_INLINE_FUNCTION CellBunch(MeshShape const& shape, ParticleBlocks const& blocks,
                                   std::int64_t first, int count) {
    for (int p = 0; p < count; ++p) {
      std::uint64_t const a = blocks.cells(blocks.position(0, first + p));
      std::uint64_t const b = blocks.cells(blocks.position(1, first + p));
      std::uint64_t const c = blocks.cells(blocks.position(2, first + p));
      auto const cell = static_cast<std::int64_t>(a >> 32);
      plane[p] = (cell - shape.first_plane + 1) * shape.plane();
      row[p] = static_cast<std::int32_t>(b >> 32);
      column[p] = static_cast<std::int32_t>(c >> 32);
      x[p] = part(a), y[p] = part(b), z[p] = part(c);
    }
    if (count % 2 == 1) repeat_last(count);
  }
  /// Pairs of particles are always whole: a lone one is its own partner.
  KOKKOS_INLINE_FUNCTION void repeat_last(int count) {
    plane[count] = plane[count - 1], row[count] = row[count - 1], column[count] = column[count - 1];
    x[count] = x[count - 1], y[count] = y[count - 1], z[count] = z[count - 1];
  }
  /// The low 32 bits as a fraction, of which a float holds the upper 24.
  KOKKOS_INLINE_FUNCTION static float part(std::uint64_t fixed) {
    return static_cast<float>(static_cast<std::int32_t>((fixed & 0xffffffffU) >> 8)) * 0x1p-24F;
  }
};

/// -2 grad phi of a bunch in units of a cell, by linear interpolation of central differences.
struct ForceBunch {
  float x[kBunch], y[kBunch], z[kBunch];
};

/// The rows of potential about one particle, as scalars: what devices use and tests compare with.
KOKKOS_INLINE_FUNCTION void scalar_force(MeshShape const& shape, float const* potential,
                                         CellBunch const& cells, int p, ForceBunch& force) {
  std::int64_t const side = shape.side;
  auto const at = [&](int i, int j, int k) {
    std::int64_t const y = (cells.row[p] + j + side) % side,
                       z = (cells.column[p] + k + side) % side;
    return potential[cells.plane[p] + i * shape.plane() + y * shape.row() + z];
  };
  float sum[3] = {0, 0, 0};
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j)
      for (int k = 0; k < 2; ++k) {
        float const weight = (i == 0 ? 1 - cells.x[p] : cells.x[p]) *
                             (j == 0 ? 1 - cells.y[p] : cells.y[p]) *
                             (k == 0 ? 1 - cells.z[p] : cells.z[p]);
        sum[0] += weight * (at(i - 1, j, k) - at(i + 1, j, k));
        sum[1] += weight * (at(i, j - 1, k) - at(i, j + 1, k));
        sum[2] += weight * (at(i, j, k - 1) - at(i, j, k + 1));
      }
  force.x[p] = sum[0], force.y[p] = sum[1], force.z[p] = sum[2];
}

// Two particles fill eight lanes, whatever the width of the processor's vectors.
#if defined(__AVX__) && !defined(KOKKOS_ENABLE_CUDA)
#define SHEARWATER_PAIRED_FORCES

using EightLanes [[gnu::vector_size(32)]] = float;

/// a b + c in each lane, rounded as the scalar core::multiply_add.
inline EightLanes multiply_add(EightLanes a, EightLanes b, EightLanes c) {
#ifdef __FMA__
  return (EightLanes)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

/// Columns k - 1 to k + 2 of one row for two particles.
class PairRows {
 public:
  using Four [[gnu::vector_size(16)]] = float;

  PairRows(MeshShape const& shape, float const* potential, CellBunch const& cells, int p)
      : columns_(shape.side) {
    for (int two = 0; two < 2; ++two) {
      base_[two] = potential + cells.plane[p + two];
      column_[two] = cells.column[p + two];
      std::int64_t const row = cells.row[p + two], side = shape.side;
      std::int64_t const below = row == 0 ? side - 1 : row - 1,
                         above = row + 1 == side ? 0 : row + 1;
      std::int64_t const beyond = above + 1 == side ? 0 : above + 1;
      row_[0][two] = below * shape.row();
      row_[1][two] = row * shape.row();
      row_[2][two] = above * shape.row();
      row_[3][two] = beyond * shape.row();
    }
    plane_ = shape.plane();
  }
  /// Plane i and row j from -1 to 2.
  EightLanes operator()(int i, int j) const {
    return __builtin_shufflevector(one(i, j, 0), one(i, j, 1), 0, 1, 2, 3, 4, 5, 6, 7);
  }

 private:
  Four one(int i, int j, int two) const {
    float const* const row = base_[two] + i * plane_ + row_[j + 1][two];
    std::int64_t const k = column_[two];
    Four four;
    if (k > 0)
      std::memcpy(&four, row + k - 1, sizeof(four));
    else
      four = Four{row[columns_ - 1], row[0], row[1], row[2]};
    return four;
  }
  float const* base_[2];
  std::int64_t row_[4][2], column_[2], plane_, columns_;
};

/// `value` of the first particle in four lanes and of the second in the others.
inline EightLanes spread(float first, float second) {
  return EightLanes{first, first, first, first, second, second, second, second};
}

/// Both particles p and p + 1: rows as vectors along z, of which the last step takes what it needs.
inline void pair_force(MeshShape const& shape, float const* potential, CellBunch const& cells,
                       int p, ForceBunch& force) {
  PairRows const rows(shape, potential, cells, p);
  auto const x1 = spread(cells.x[p], cells.x[p + 1]), y1 = spread(cells.y[p], cells.y[p + 1]);
  auto const x0 = 1.0F - x1, y0 = 1.0F - y1;
  auto const mix = [](auto w0, auto a, auto w1, auto b) { return multiply_add(w1, b, w0 * a); };
  auto const r00 = rows(0, 0), r01 = rows(0, 1), r10 = rows(1, 0), r11 = rows(1, 1);
  auto const in_plane0 = mix(y0, r00, y1, r01), in_plane1 = mix(y0, r10, y1, r11);
  auto const below = mix(y0, rows(-1, 0), y1, rows(-1, 1));
  auto const above = mix(y0, rows(2, 0), y1, rows(2, 1));
  EightLanes const along_x = mix(x0, below - in_plane1, x1, in_plane0 - above);
  auto const in_row0 = mix(x0, r00, x1, r10), in_row1 = mix(x0, r01, x1, r11);
  auto const before = mix(x0, rows(0, -1), x1, rows(1, -1));
  auto const after = mix(x0, rows(0, 2), x1, rows(1, 2));
  EightLanes const along_y = mix(y0, before - in_row1, y1, in_row0 - after);
  EightLanes const centre = mix(x0, in_plane0, x1, in_plane1);
  for (int two = 0; two < 2; ++two) {
    float const z1 = cells.z[p + two], z0 = 1 - z1;
    auto const lane = static_cast<std::size_t>(4 * two);
    force.x[p + two] = z0 * along_x[lane + 1] + z1 * along_x[lane + 2];
    force.y[p + two] = z0 * along_y[lane + 1] + z1 * along_y[lane + 2];
    force.z[p + two] =
        z0 * (centre[lane] - centre[lane + 2]) + z1 * (centre[lane + 1] - centre[lane + 3]);
  }
}

#endif

KOKKOS_INLINE_FUNCTION void bunch_force(MeshShape const& shape, float const* potential,
                                        CellBunch const& cells, int count, ForceBunch& force) {
#ifdef SHEARWATER_PAIRED_FORCES
  // Never a scalar for the odd one: its bits would depend on its place in memory.
  for (int p = 0; p < count; p += 2) pair_force(shape, potential, cells, p, force);
#else
  for (int p = 0; p < count; ++p) scalar_force(shape, potential, cells, p, force);
#endif
}

/// Adds the eight corners of each cloud, whole numbers that add up to about `unit`, to the mesh.
KOKKOS_INLINE_FUNCTION void add_bunch(MeshShape const& shape, std::uint32_t* mass,
                                      CellBunch const& cells, int count, float unit) {
  std::uint32_t weight[8][kBunch];
  for (int p = 0; p < count; ++p) {
    float const x[2] = {(1 - cells.x[p]) * unit, cells.x[p] * unit};
    float const y[2] = {1 - cells.y[p], cells.y[p]}, z[2] = {1 - cells.z[p], cells.z[p]};
    for (int corner = 0; corner < 8; ++corner)
      weight[corner][p] = static_cast<std::uint32_t>(
          static_cast<std::int32_t>(x[corner >> 2] * y[(corner >> 1) & 1] * z[corner & 1] + 0.5F));
  }
  for (int p = 0; p < count; ++p) {
    std::int64_t const row = cells.row[p], above = row + 1 == shape.side ? 0 : row + 1;
    for (int corner = 0; corner < 8; corner += 2) {
      // The column after the last one is the padding, which is folded back later.
      std::uint32_t* const two = mass + cells.plane[p] + (corner >> 2) * shape.plane() +
                                 ((corner & 2) != 0 ? above : row) * shape.row() + cells.column[p];
      two[0] += weight[corner][p];
      two[1] += weight[corner + 1][p];
    }
  }
}

}  // namespace shearwater::particles
