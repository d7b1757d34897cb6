#include "core/telemetry/process.hpp"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace mortise::telemetry {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type, double value) {
    prometheus::ClientMetric metric;
    if (type == MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
    return {name, help, type, {metric}};
}

double seconds(const timeval& time) noexcept {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void add_usage(std::vector<MetricFamily>& out) {
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) != 0) return;
    out.push_back(family("process_cpu_seconds_total", "User and system CPU time spent.", MetricType::Counter,
                         seconds(usage.ru_utime) + seconds(usage.ru_stime)));
}

// The fields of /proc/self/stat after the name, which may itself hold spaces and parentheses (proc(5)).
void add_stat(std::vector<MetricFamily>& out) {
    std::ifstream file("/proc/self/stat");
    std::string line;
    if (!std::getline(file, line) || line.rfind(')') == std::string::npos) return;
    std::istringstream rest(line.substr(line.rfind(')') + 1));
    std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
    constexpr std::size_t kFirst = 3, kThreads = 20, kVirtual = 23, kResident = 24;  // counted as in proc(5)
    if (fields.size() <= kResident - kFirst) return;
    const auto number = [&](std::size_t field) {
        return std::strtod(fields[field - kFirst].c_str(), nullptr);
    };
    out.push_back(family("process_threads", "Number of OS threads.", MetricType::Gauge, number(kThreads)));
    out.push_back(
        family("process_virtual_memory_bytes", "Virtual memory size.", MetricType::Gauge, number(kVirtual)));
    out.push_back(family("process_resident_memory_bytes", "Resident memory size.", MetricType::Gauge,
                         number(kResident) * static_cast<double>(::sysconf(_SC_PAGESIZE))));
}

void add_descriptors(std::vector<MetricFamily>& out) {
    std::error_code error;
    const std::filesystem::directory_iterator open("/proc/self/fd", error);
    if (!error)
        out.push_back(family("process_open_fds", "Number of open file descriptors.", MetricType::Gauge,
                             static_cast<double>(std::distance(open, {}))));
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.push_back(family("process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
                             static_cast<double>(limit.rlim_cur)));
}

}  // namespace

std::vector<MetricFamily> process_families() {
    std::vector<MetricFamily> out;
    add_usage(out);
    add_stat(out);
    add_descriptors(out);
    return out;
}

}  // namespace mortise::telemetry
