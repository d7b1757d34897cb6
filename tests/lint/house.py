"""The house's rules as tables: which room may include what. See docs/en/architecture.md."""

# Rooms from left to right; a room includes only rooms to its left. Rooms of one line don't know each other.
ARROWS = [
    ["base"],
    ["config", "crypto"],
    ["telemetry"],
    ["storage"],
    ["audit", "events", "jobs"],
    ["tenancy"],
    ["identity", "licensing", "flags"],
    ["outbound"],
    ["host"],
    ["http"],
    ["api"],
    ["app"],
]

# What else of this repository a folder may include, by the folder's prefix; the longest prefix counts.
# Core's rooms come from ARROWS. `sdk/include/` is on the plugins' include path, so that `mortise/…` is the SDK.
OUTSIDE = {
    "core/": [],
    "core/licensing/": ["licenses/document/"],
    "core/host/": ["licenses/document/", "mortise/abi/"],
    "core/http/": ["licenses/document/"],
    "core/api/": ["licenses/document/"],
    "core/app/": ["licenses/document/"],
    "licenses/document/": ["licenses/document/", "mortise/license.h"],
    "licenses/issuer/": ["licenses/document/", "licenses/issuer/"],
    "sdk/": ["mortise/", "sdk/"],
    "plugins/": ["mortise/"],  # and their own folder
    "tests/support/plugin_host/": ["mortise/abi/", "tests/support/plugin_host/"],
}

# Beside these, what a folder's tests may include of tests/support. What plugins' tests share knows no core.
SHARED_BY_TESTS = {
    "core/": ["tests/support/"],
    "plugins/": ["tests/support/plugin_host/"],
}

# Third-party headers by prefix, and the only folders whose files may see them, directly or through another
# header.
THIRD_PARTY = {
    "pistache/": ["core/http/"],
    "boost/asio": ["core/http/"],
    "boost/beast": ["core/http/"],
    "boost/dll": ["core/host/"],
    "boost/filesystem": ["core/host/"],
    "openssl/": ["core/http/"],
    "botan/": ["core/crypto/"],
    "sodium": ["core/crypto/", "licenses/document/", "licenses/issuer/"],
    "toml++/": ["core/config/", "licenses/issuer/"],
    "soci/": ["core/storage/", "licenses/issuer/"],
    "sqlite3.h": ["core/storage/", "licenses/issuer/"],
    "libpq-fe.h": ["core/storage/"],
    "pg_query.h": ["core/storage/"],
    "spdlog/": ["core/telemetry/"],
    "prometheus/": ["core/telemetry/"],
    "curl/": ["core/outbound/"],
    "CLI/": ["core/app/", "licenses/issuer/"],
    "valijson/": ["core/host/"],
    "pugixml": ["plugins/rules/engine/dmn/", "plugins/rules/engine/tables/"],
    "zlib.h": ["plugins/rules/engine/tables/"],
    "unicode/": ["plugins/rules/engine/feel/"],
    "re2/": ["plugins/rules/engine/feel/"],
    "bid_": ["plugins/rules/engine/feel/"],
    # The rules engine, a library below the plugin.
    "feel/": ["plugins/rules/"],
    "dmn/": ["plugins/rules/"],
    "analysis/": ["plugins/rules/"],
    "tables/": ["plugins/rules/"],
    "packs/": ["plugins/rules/"],
    "fmt/": ["core/", "licenses/"],
    "nlohmann/": ["core/", "licenses/", "plugins/", "tests/support/plugin_host/"],
    "gtest/": ["sdk/"],
    "gmock/": ["sdk/"],
}

# Of these, what any test may use.
IN_TESTS = ["gtest/", "gmock/", "sodium", "sqlite3.h"]

# Folders that are no rooms, but for those of OUTSIDE: tests of the whole, which may see the library that they
# measure or drive.
FREE = ["tests/"]

# Headers of the compiler's library and of the system.
STANDARD = set("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits
clocale cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint
cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem forward_list fstream
functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map memory
memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator
semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view
strstream syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility
valarray variant vector version
assert.h ctype.h errno.h float.h inttypes.h limits.h math.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h
stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h time.h
dirent.h dlfcn.h elf.h endian.h fcntl.h grp.h link.h netdb.h poll.h pthread.h pwd.h sched.h spawn.h strings.h
syslog.h termios.h unistd.h cxxabi.h
""".split())
STANDARD_FOLDERS = ("sys/", "netinet/", "arpa/", "linux/", "net/")
