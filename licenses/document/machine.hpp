#pragma once

#include "licenses/document/fingerprint.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace mortise::licenses {

// Where to look; the defaults are a Linux machine's. Each source is left out when it can't be read, is empty,
// or holds what many machines share (an address that the system made up, a board's "not specified").
struct MachineSources {
    std::filesystem::path machine_id = "/etc/machine-id";
    std::filesystem::path dmi_uuid = "/sys/class/dmi/id/product_uuid";
    std::filesystem::path interfaces = "/sys/class/net";    // of these, the ones with a device behind them
    std::filesystem::path mounts = "/proc/self/mountinfo";  // to find what the root file system lies on
    std::filesystem::path disks_by_uuid = "/dev/disk/by-uuid";
    std::filesystem::path installation_file;  // a file whose content is the installation's id; empty: none
    std::filesystem::path id_file;            // a file that the operator mounts; empty: none
};

// Reads what there is. Never fails: a machine that shows nothing gives an empty answer, which matches
// nothing. Reads some small files, so not for a hot path; a machine's hardware changes only over a restart.
MachineIds collect_machine(const MachineSources& sources = {});

}  // namespace mortise::licenses
