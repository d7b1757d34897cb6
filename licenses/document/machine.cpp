#include "licenses/document/machine.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

namespace mortise::licenses {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxIdFile = 4096;

// The file's content without white space at its ends; "" if it can't be read or is larger than an id may be.
std::string read_id(const fs::path& path) {
    if (path.empty()) return {};
    std::ifstream in(path, std::ios::binary);
    std::string text(kMaxIdFile + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.gcount() <= 0 || static_cast<std::size_t>(in.gcount()) > kMaxIdFile) return {};
    text.resize(static_cast<std::size_t>(in.gcount()));
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

// An id that is all zeros or all f, or that systemd writes while it has none, tells machines apart no more
// than an empty one.
bool says_nothing(const std::string& id) {
    const auto only = [&](std::string_view characters) {
        return id.find_first_not_of(characters) == std::string::npos;
    };
    return id.size() < 8 || only("0-:") || only("fF-:") || id == "uninitialized" ||
           id == "03000200-0400-0500-0006-000700080009";  // a default of many boards' makers
}

void add_id(MachineIds& out, const char* source, std::string value) {
    if (!value.empty() && !says_nothing(value)) out[source].push_back(std::move(value));
}

// Physical interfaces have a device; bridges, tunnels and containers' ends don't. Addresses that the system
// made up have the bit for that (IEEE 802, "locally administered").
void add_interfaces(MachineIds& out, const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        std::error_code ignored;
        if (!fs::exists(it->path() / "device", ignored)) continue;
        const std::string address = read_id(it->path() / "address");
        if (address.size() != 17) continue;
        constexpr std::string_view kLocal = "2367abefABEF";
        if (kLocal.find(address[1]) == std::string_view::npos) add_id(out, "mac", address);
    }
    if (const auto found = out.find("mac"); found != out.end())
        std::sort(found->second.begin(), found->second.end());
}

// What is mounted as `/`: "… … MAJOR:MINOR ROOT / … - TYPE SOURCE …" (proc(5), mountinfo).
std::string root_device(const fs::path& mounts) {
    std::ifstream in(mounts);
    std::string found;
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        std::string id, parent, numbers, root, point, field, type, source;
        fields >> id >> parent >> numbers >> root >> point;
        if (point != "/") continue;
        while (fields >> field && field != "-") {
        }
        if (fields >> type >> source && source.starts_with('/')) found = source;
    }
    return found;
}

void add_disk(MachineIds& out, const MachineSources& sources) {
    const std::string device = root_device(sources.mounts);
    if (device.empty()) return;
    std::error_code error;
    const fs::path wanted = fs::weakly_canonical(device, error);
    for (fs::directory_iterator it(sources.disks_by_uuid, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        if (fs::weakly_canonical(it->path(), ignored) == wanted)
            add_id(out, "disk", it->path().filename().string());
    }
}

}  // namespace

MachineIds collect_machine(const MachineSources& sources) {
    MachineIds out;
    add_id(out, "machine_id", read_id(sources.machine_id));
    add_id(out, "dmi_uuid", read_id(sources.dmi_uuid));
    add_interfaces(out, sources.interfaces);
    add_disk(out, sources);
    add_id(out, "installation", read_id(sources.installation_file));
    add_id(out, "file", read_id(sources.id_file));
    return out;
}

}  // namespace mortise::licenses
