// SPDX-License-Identifier: BSD-3-Clause
// The formats behind read_halo_catalogue.
#pragma once

#include <string>

#include "shearwater/io/halo_catalogue.hpp"

namespace shearwater::io {

bool is_rockstar_binary(std::string const& path);
HaloCatalogue read_rockstar_binary(std::string const& path);
/// ASCII lists of Rockstar ("#ID DescID ...") and AHF ("#ID(1) hostHalo(2) ...").
HaloCatalogue read_halo_list(std::string const& path);
HaloCatalogue read_gadget_groups(std::string const& path, SnapshotConfig const& units);

/// Throws InputError unless columns have equal lengths, all values are finite, masses positive and
/// positions in the box.
void check_catalogue(std::string const& path, HaloCatalogue const& catalogue);

}  // namespace shearwater::io
