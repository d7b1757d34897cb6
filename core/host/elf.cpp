#include "core/host/elf.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mortise::host {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kEntry = "mortise_plugin_entry";
constexpr std::size_t kMaxProgramHeaders = 64;
constexpr std::size_t kMaxDynamicEntries = 1024;
constexpr std::uint64_t kMaxMemory = 1024UL * 1024 * 1024;  // of all segments, and of thread-local storage

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "The ELF check knows x86-64 and aarch64 only"
#endif

// What every system has that the host runs on; anything else belongs into the plugin. The runtime of a
// sanitizer belongs to a host that was built with it.
constexpr std::string_view kSystemLibraries[] = {
    "libc.so.6",
    "libm.so.6",
    "libstdc++.so.6",
    "libgcc_s.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
#if defined(__SANITIZE_ADDRESS__)
    "libasan.so.8",
    "libubsan.so.1",
#elif defined(__SANITIZE_THREAD__)
    "libtsan.so.2",
#endif
};

template <class T, std::size_t N>
bool contains(const T (&list)[N], const auto& value) noexcept {
    return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

// Entries of the dynamic section that only say where things are. The others are refused, since a loader, this
// or a later one, may do something about them.
constexpr Elf64_Sxword kPlainTags[] = {
    DT_PLTRELSZ,
    DT_PLTGOT,
    DT_HASH,
    DT_STRTAB,
    DT_SYMTAB,
    DT_RELA,
    DT_RELASZ,
    DT_RELAENT,
    DT_STRSZ,
    DT_SYMENT,
    DT_INIT,
    DT_FINI,
    DT_SYMBOLIC,
    DT_PLTREL,
    DT_JMPREL,
    DT_BIND_NOW,
    DT_INIT_ARRAY,
    DT_FINI_ARRAY,
    DT_FINI_ARRAYSZ,
    DT_INIT_ARRAYSZ,
    DT_TLSDESC_PLT,
    DT_TLSDESC_GOT,
    DT_GNU_HASH,
    DT_VERSYM,
    DT_RELACOUNT,
    DT_VERDEF,
    DT_VERDEFNUM,
    DT_VERNEED,
    DT_VERNEEDNUM,
    35 /* DT_RELRSZ */,
    36 /* DT_RELR */,
    37 /* DT_RELRENT */,
    DT_LOPROC + 1,
    DT_LOPROC + 3,
    DT_LOPROC + 5 /* aarch64: BTI_PLT, PAC_PLT, VARIANT_PCS */,
};

struct RefusedTag {
    Elf64_Sxword tag;
    std::string_view name;
};
constexpr RefusedTag kRefusedTags[] = {
    {DT_RPATH, "DT_RPATH"},       {DT_RUNPATH, "DT_RUNPATH"}, {DT_AUDIT, "DT_AUDIT"},
    {DT_DEPAUDIT, "DT_DEPAUDIT"}, {DT_FILTER, "DT_FILTER"},   {DT_AUXILIARY, "DT_AUXILIARY"},
    {DT_TEXTREL, "DT_TEXTREL"},   {DT_CONFIG, "DT_CONFIG"},   {DT_PREINIT_ARRAY, "DT_PREINIT_ARRAY"},
};

constexpr Elf64_Xword kPlainFlags = DF_SYMBOLIC | DF_BIND_NOW | DF_STATIC_TLS;
constexpr Elf64_Xword kPlainFlags1 = DF_1_NOW | DF_1_NODELETE;

constexpr Elf64_Word kPlainSegments[] = {
    PT_NULL,
    PT_LOAD,
    PT_DYNAMIC,
    PT_NOTE,
    PT_PHDR,
    PT_TLS,
    PT_GNU_EH_FRAME,
    PT_GNU_STACK,
    PT_GNU_RELRO,
    PT_GNU_PROPERTY,
    PT_LOPROC + 2 /* aarch64: memory tags */,
};

bool is_plain_object(const Elf64_Sym& symbol) noexcept {
    return ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT && ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL &&
           symbol.st_shndx != SHN_ABS && symbol.st_shndx != SHN_COMMON;
}

// Found by others: defined, not local, not hidden.
bool is_exported(const Elf64_Sym& symbol) noexcept {
    const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
           visibility != STV_HIDDEN && visibility != STV_INTERNAL;
}

class ElfCheck {
 public:
    ElfCheck(std::string_view bytes, std::string_view id) : bytes_(bytes), id_(id) {}

    Status run() {
        MORTISE_TRY(read_header());
        MORTISE_TRY(check_segments());
        MORTISE_TRY(read_dynamic());
        MORTISE_TRY(check_names());
        return check_exports();
    }

 private:
    Error refused(std::string_view what) const {
        return {ErrorKind::kInvalid, "plugin_elf_refused",
                fmt::format("plugin {}: {}.so {}", id_, id_, what)};
    }

    template <class T>
    std::optional<T> read(std::uint64_t offset) const noexcept {
        if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
        T value;
        std::memcpy(&value, bytes_.data() + offset, sizeof(T));
        return value;
    }

    // The file's bytes from an address to the end of its segment in the file; empty if there are none.
    std::string_view at_address(std::uint64_t address) const noexcept {
        for (const Elf64_Phdr& load : loads_)
            if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz)
                return bytes_.substr(load.p_offset + (address - load.p_vaddr),
                                     load.p_filesz - (address - load.p_vaddr));
        return {};
    }

    Status read_header() {
        const auto header = read<Elf64_Ehdr>(0);
        if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return refused("is no ELF file");
        if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
            header->e_machine != kMachine)
            return refused("was built for another machine");
        if (header->e_ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT ||
            (header->e_ident[EI_OSABI] != ELFOSABI_SYSV && header->e_ident[EI_OSABI] != ELFOSABI_GNU) ||
            header->e_ident[EI_ABIVERSION] != 0)
            return refused("is of an unknown ELF version or system");
        if (header->e_type != ET_DYN) return refused("is no shared object");
        if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
            header->e_phnum > kMaxProgramHeaders)
            return refused("has a wrong number or size of program headers");
        for (std::size_t i = 0; i < header->e_phnum; ++i) {
            const auto segment = header->e_phoff > bytes_.size()
                                     ? std::nullopt
                                     : read<Elf64_Phdr>(header->e_phoff + i * sizeof(Elf64_Phdr));
            if (!segment) return refused("has program headers outside of the file");
            MORTISE_TRY(sort_in(*segment));
        }
        return {};
    }

    Status sort_in(const Elf64_Phdr& segment) {
        if (segment.p_type == PT_INTERP) return refused("has an interpreter (PT_INTERP): it is a program");
        if (!contains(kPlainSegments, segment.p_type))
            return refused(fmt::format("has a segment of the unknown type {:#x}", segment.p_type));
        if ((segment.p_flags & PF_W) != 0 && (segment.p_flags & PF_X) != 0)
            return refused(segment.p_type == PT_GNU_STACK
                               ? "asks for an executable stack; link with -z noexecstack"
                               : "has a segment that is writable and executable");
        if (segment.p_type == PT_LOAD)
            loads_.push_back(segment);
        else if (segment.p_type != PT_NULL && segment.p_type != PT_GNU_STACK)
            parts_.push_back(segment);
        if (segment.p_type == PT_DYNAMIC && std::exchange(dynamic_, segment))
            return refused("has two dynamic sections");
        if (segment.p_type == PT_GNU_STACK) {
            if (std::exchange(has_stack_, true)) return refused("says twice what its stack is");
            if ((segment.p_flags & PF_X) != 0)
                return refused("asks for an executable stack; link with -z noexecstack");
        }
        return {};
    }

    // A page belongs to one segment, so that what is read here at an address is what the loader maps there.
    Status check_segments() const {
        if (loads_.empty() || !dynamic_) return refused("has no segments to load, or no dynamic section");
        if (!has_stack_)
            return refused(
                "does not say that its stack is not executable (PT_GNU_STACK); link with "
                "-z noexecstack");
        const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        std::uint64_t end = 0;  // of the pages of the segment before
        for (const Elf64_Phdr& load : loads_) {
            if (load.p_offset > bytes_.size() || load.p_filesz > bytes_.size() - load.p_offset ||
                load.p_filesz > load.p_memsz)
                return refused("has a segment that is not inside the file");
            if (!std::has_single_bit(load.p_align) || load.p_align < page ||
                (load.p_vaddr - load.p_offset) % load.p_align != 0)
                return refused("has a segment with a wrong alignment");
            if (load.p_vaddr > kMaxMemory || load.p_memsz > kMaxMemory || load.p_vaddr / page * page < end)
                return refused("has segments that overlap, are not in order, or are too large");
            end = (load.p_vaddr + load.p_memsz + page - 1) / page * page;
        }
        for (const Elf64_Phdr& part : parts_)
            if (!is_loaded(part, page))
                return refused(
                    fmt::format("has a segment of type {:#x} outside of what is loaded", part.p_type));
        return {};
    }

    // The loader reads the other segments at their addresses, and protects memory from writing there. The
    // zeros of thread-local storage take no room in the image.
    bool is_loaded(const Elf64_Phdr& part, std::uint64_t page) const {
        const std::uint64_t size = part.p_type == PT_TLS ? part.p_filesz : part.p_memsz;
        if (part.p_filesz > part.p_memsz || part.p_memsz > kMaxMemory) return false;
        return size == 0 || std::any_of(loads_.begin(), loads_.end(), [&](const Elf64_Phdr& load) {
                   const std::uint64_t end = (load.p_vaddr + load.p_memsz + page - 1) / page * page;
                   return part.p_vaddr >= load.p_vaddr && part.p_vaddr <= end && size <= end - part.p_vaddr;
               });
    }

    Status read_dynamic() {
        const std::string_view section = at_address(dynamic_->p_vaddr);
        const std::size_t count = std::min(dynamic_->p_memsz, section.size()) / sizeof(Elf64_Dyn);
        // Compared as numbers: an offset out of a hostile file can lie anywhere.
        const bool in_place = !section.empty() && static_cast<std::uint64_t>(
                                                      section.data() - bytes_.data()) == dynamic_->p_offset;
        if (!in_place || dynamic_->p_filesz != dynamic_->p_memsz || dynamic_->p_memsz > section.size())
            return refused("has a dynamic section that is not inside a segment");
        for (std::size_t i = 0; i < std::min(count, kMaxDynamicEntries); ++i) {
            Elf64_Dyn entry;
            std::memcpy(&entry, section.data() + i * sizeof(entry), sizeof(entry));
            if (entry.d_tag == DT_NULL) return {};
            MORTISE_TRY(sort_in(entry));
        }
        return refused("has a dynamic section without an end");
    }

    Status sort_in(const Elf64_Dyn& entry) {
        for (const auto& [tag, name] : kRefusedTags)
            if (entry.d_tag == tag) return refused(fmt::format("has a {}", name));
        const Elf64_Xword value = entry.d_un.d_val;
        if (entry.d_tag == DT_NEEDED) {
            needed_.push_back(value);
            return {};
        }
        if (entry.d_tag == DT_FLAGS && (value & DF_TEXTREL) != 0)
            return refused("has relocations in its code (DF_TEXTREL); build it with -fPIC");
        if ((entry.d_tag == DT_FLAGS && (value & ~kPlainFlags) != 0) ||
            (entry.d_tag == DT_FLAGS_1 && (value & ~kPlainFlags1) != 0))
            return refused(fmt::format("has dynamic flags that a plugin may not have: {:#x}", value));
        if (entry.d_tag != DT_FLAGS && entry.d_tag != DT_FLAGS_1 && entry.d_tag != DT_SONAME &&
            !contains(kPlainTags, entry.d_tag))
            return refused(fmt::format("has the unknown dynamic entry {:#x}", entry.d_tag));
        if (!dynamic_values_.emplace(entry.d_tag, value).second)
            return refused(fmt::format("has the dynamic entry {:#x} twice", entry.d_tag));
        return {};
    }

    std::optional<std::uint64_t> value_of(Elf64_Sxword tag) const {
        const auto found = dynamic_values_.find(tag);
        if (found == dynamic_values_.end()) return std::nullopt;
        return found->second;
    }

    // What the loader reads at the address that a dynamic entry gives; empty without the entry.
    std::string_view table_of(Elf64_Sxword tag) const {
        const auto address = value_of(tag);
        return address ? at_address(*address) : std::string_view();
    }

    // A text of the string table; nullopt unless it lies inside and ends there.
    std::optional<std::string_view> text_at(std::uint64_t offset) const {
        if (offset >= strings_.size()) return std::nullopt;
        const std::string_view rest = strings_.substr(offset);
        const auto end = rest.find('\0');
        if (end == std::string_view::npos) return std::nullopt;
        return rest.substr(0, end);
    }

    Status check_names() {
        strings_ = table_of(DT_STRTAB);
        const auto size = value_of(DT_STRSZ);
        if (!size || *size == 0 || *size > strings_.size())
            return refused("has a string table that is not inside a segment");
        strings_ = strings_.substr(0, *size);
        for (const std::uint64_t offset : needed_) {
            const auto name = text_at(offset);
            if (!name) return refused("needs a library whose name can't be read");
            if (!contains(kSystemLibraries, *name))
                return refused(fmt::format("needs the library {}; link it statically", printable(*name)));
        }
        // The loader would take the plugin for a library of that name that somebody asks for later.
        if (const auto soname = value_of(DT_SONAME); soname && text_at(*soname) != fmt::format("{}.so", id_))
            return refused("has a DT_SONAME that is not its file's name");
        return {};
    }

    static std::string printable(std::string_view name) {
        std::string out(name.substr(0, 100));
        std::replace_if(
            out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
        return out;
    }

    // How many symbols the loader can find, as the hash tables say: the table itself has no length.
    Result<std::uint64_t> symbol_count() const {
        std::uint64_t count = 0;
        if (const std::string_view hash = table_of(DT_HASH); value_of(DT_HASH)) {
            std::array<std::uint32_t, 2> head;  // buckets, chains: one for each symbol
            if (hash.size() < sizeof(head)) return refused("has a hash table that is not inside a segment");
            std::memcpy(head.data(), hash.data(), sizeof(head));
            count = head[1];
        }
        if (value_of(DT_GNU_HASH)) {
            MORTISE_TRY_ASSIGN(const std::uint64_t found, gnu_symbol_count(table_of(DT_GNU_HASH)));
            count = std::max(count, found);
        }
        return count;
    }

    // A head of four words, the filter of 64-bit words, the buckets with the first symbol of each, and from
    // the first hashed symbol on a word for each symbol, whose lowest bit ends a bucket.
    Result<std::uint64_t> gnu_symbol_count(std::string_view table) const {
        const auto outside = [this] { return refused("has a hash table that is not inside a segment"); };
        const auto word = [&](std::uint64_t index) {
            std::uint32_t value;
            std::memcpy(&value, table.data() + index * sizeof(value), sizeof(value));
            return value;
        };
        const std::uint64_t words = table.size() / sizeof(std::uint32_t);
        if (words < 4) return outside();
        const std::uint64_t buckets = word(0), first = word(1), filter = word(2);
        const std::uint64_t chains = 4 + 2 * filter + buckets;
        if (chains > words) return outside();
        std::uint64_t last = 0;
        for (std::uint64_t i = 0; i < buckets; ++i)
            last = std::max<std::uint64_t>(last, word(4 + 2 * filter + i));
        if (last < first) return first;  // every bucket is empty
        for (;; ++last) {
            const std::uint64_t place = chains + (last - first);
            if (place >= words) return outside();
            if ((word(place) & 1) != 0) return last + 1;
        }
    }

    Status check_exports() const {
        const std::string_view table = table_of(DT_SYMTAB);
        MORTISE_TRY_ASSIGN(const std::uint64_t count, symbol_count());
        if (value_of(DT_SYMENT) != sizeof(Elf64_Sym) || count > table.size() / sizeof(Elf64_Sym))
            return refused("has a symbol table that is not inside a segment");
        bool found = false;
        for (std::uint64_t i = 0; i < count; ++i) {
            Elf64_Sym symbol;
            std::memcpy(&symbol, table.data() + i * sizeof(symbol), sizeof(symbol));
            if (!is_exported(symbol)) continue;
            const auto name = text_at(symbol.st_name);
            if (!name) return refused("exports a symbol whose name can't be read");
            if (*name != kEntry || std::exchange(found, true))
                return refused(
                    fmt::format("exports {}; {} alone may be visible, once: link with a version "
                                "script",
                                printable(*name), kEntry));
            // Four words: size, ABI and the number of routes, which are read before the size is believed.
            if (!is_plain_object(symbol) || symbol.st_size < 16 || symbol.st_value % 8 != 0 ||
                at_address(symbol.st_value).size() < 16)
                return refused(fmt::format("exports {}, but not as an object in a segment", kEntry));
        }
        if (!found) return refused(fmt::format("does not export {}", kEntry));
        return {};
    }

    std::string_view bytes_;
    std::string_view id_;
    std::vector<Elf64_Phdr> loads_;  // PT_LOAD
    std::vector<Elf64_Phdr> parts_;  // what describes parts of these
    std::optional<Elf64_Phdr> dynamic_;
    bool has_stack_ = false;
    std::vector<std::uint64_t> needed_;  // offsets of names
    std::map<Elf64_Sxword, std::uint64_t> dynamic_values_;
    std::string_view strings_;
};

}  // namespace

Status check_elf(std::string_view bytes, std::string_view id) {
    return ElfCheck(bytes, id).run();
}

}  // namespace mortise::host
