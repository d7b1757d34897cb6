// Data of the system's libraries that RE2 and ICU use. Debian builds their static libraries for programs,
// which reach such data by an offset that the linker must know; in a shared library it knows those of the
// library's own data alone. So that the plugin has some of its own. Linked into the plugin's library only,
// never into a program.

#include <cstdio>
#include <sstream>

// The streams by which RE2 puts its messages together.
template class std::basic_ios<char>;
template class std::basic_streambuf<char>;
template class std::basic_stringbuf<char>;
template class std::basic_ostringstream<char>;

namespace {

ssize_t swallow(void*, const char*, std::size_t size) {
    return static_cast<ssize_t>(size);
}

// RE2 writes messages about itself to stderr, which is the host's: ours goes nowhere.
FILE* open_nowhere() {
    return fopencookie(nullptr, "w", {nullptr, &swallow, nullptr, nullptr});
}

}  // namespace

#define MORTISE_OWN(symbol) __asm__(symbol) __attribute__((visibility("hidden"), used))

extern FILE* own_stderr MORTISE_OWN("stderr");
FILE* own_stderr = open_nowhere();

extern const char own_nothrow MORTISE_OWN("_ZSt7nothrow");
const char own_nothrow = 0;

// ICU asks for the machine's zone by them, which FEEL never wants to know.
extern long own_timezone MORTISE_OWN("__timezone");
long own_timezone = 0;
extern const char* own_tzname[2] MORTISE_OWN("tzname");
const char* own_tzname[2] = {"UTC", "UTC"};
