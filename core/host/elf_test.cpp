#include "core/host/elf.hpp"

#include "core/base/file.hpp"
#include "core/host/library.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace mortise::host {
namespace {

namespace fs = std::filesystem;

std::string canary(const std::string& name) {
    return base::read_file(fs::path(MORTISE_CANARIES) / (name + ".so"), 1UL << 24).value();
}

// "ok", or what is wrong.
std::string check(std::string_view bytes) {
    const auto status = check_elf(bytes, "canary");
    if (status.ok()) return "ok";
    EXPECT_EQ(status.error().code, "plugin_elf_refused");
    return status.error().detail;
}

template <class T>
T read_at(const std::string& bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
}

template <class T>
void write_at(std::string& bytes, std::size_t offset, const T& value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(value));
}

// Gives every program header of a type to `change`.
template <class Change>
std::string with_segment(std::string bytes, Elf64_Word type, Change change) {
    const auto header = read_at<Elf64_Ehdr>(bytes, 0);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        const std::size_t offset = header.e_phoff + i * sizeof(Elf64_Phdr);
        auto segment = read_at<Elf64_Phdr>(bytes, offset);
        if (segment.p_type != type) continue;
        change(segment);
        write_at(bytes, offset, segment);
    }
    return bytes;
}

// Gives every entry of the dynamic section to `change`.
template <class Change>
std::string with_dynamic(std::string bytes, Change change) {
    Elf64_Phdr section{};
    with_segment(bytes, PT_DYNAMIC, [&](Elf64_Phdr& found) { section = found; });
    for (std::size_t at = 0; at < section.p_filesz; at += sizeof(Elf64_Dyn)) {
        auto entry = read_at<Elf64_Dyn>(bytes, section.p_offset + at);
        change(entry);
        write_at(bytes, section.p_offset + at, entry);
    }
    return bytes;
}

std::string with_text(std::string bytes, std::string_view from, std::string_view to) {
    const auto place = bytes.find(from);
    EXPECT_NE(place, std::string::npos);
    return bytes.replace(place, to.size(), to);
}

class ElfAccepts : public testing::TestWithParam<const char*> {};
TEST_P(ElfAccepts, WhatLinkersMake) {
    EXPECT_EQ(check(canary(GetParam())), "ok");
}
INSTANTIATE_TEST_SUITE_P(Canaries, ElfAccepts,
                         testing::Values("good", "sysv_hash", "both_hashes", "few_segments", "lazy",
                                         "own_soname"),
                         [](const auto& test) { return std::string(test.param); });

struct Fault {
    const char* canary;
    const char* said;
};
class ElfRefuses : public testing::TestWithParam<Fault> {};
TEST_P(ElfRefuses, AndLoadsNothing) {
    const std::string bytes = canary(GetParam().canary);
    const auto said = check(bytes);
    EXPECT_NE(said.find(GetParam().said), std::string::npos) << said;
    const auto loaded = Library::load(bytes, "canary");
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, "plugin_elf_refused");
    EXPECT_EQ(std::getenv("MORTISE_CANARY"), nullptr) << "its constructor ran";
}
INSTANTIATE_TEST_SUITE_P(
    Canaries, ElfRefuses,
    testing::Values(Fault{"rpath", "DT_RPATH"}, Fault{"runpath", "DT_RUNPATH"}, Fault{"audit", "DT_AUDIT"},
                    Fault{"depaudit", "DT_DEPAUDIT"}, Fault{"filter", "DT_FILTER"},
                    Fault{"auxiliary", "DT_AUXILIARY"}, Fault{"needed", "libcrypt.so.1"},
                    Fault{"soname", "DT_SONAME"}, Fault{"execstack", "executable stack"},
                    Fault{"interpose", "dynamic flags"}, Fault{"initfirst", "dynamic flags"},
                    Fault{"global", "dynamic flags"}, Fault{"origin", "dynamic flags"},
                    Fault{"textrel", "DT_TEXTREL"}, Fault{"interpreter", "PT_INTERP"},
                    Fault{"exports", "exports canary_unit"}, Fault{"unique", "exports canary_unique"},
                    Fault{"function", "not as an object"}, Fault{"no_entry", "does not export"}),
    [](const auto& test) { return std::string(test.param.canary); });

TEST(Elf, RefusesWhatIsNoLibraryOfThisMachine) {
    const std::string good = canary("good");
    EXPECT_NE(check("").find("no ELF"), std::string::npos);
    EXPECT_NE(check("#!/bin/sh\n").find("no ELF"), std::string::npos);
    const auto with_header = [&](auto change) {
        std::string bytes = good;
        auto header = read_at<Elf64_Ehdr>(bytes, 0);
        change(header);
        write_at(bytes, 0, header);
        return check(bytes);
    };
    const auto other = [](const std::string& said) {
        return said.find("another machine") != std::string::npos;
    };
    EXPECT_TRUE(other(with_header([](auto& header) { header.e_machine = EM_RISCV; })));
    EXPECT_TRUE(other(with_header([](auto& header) { header.e_ident[EI_CLASS] = ELFCLASS32; })));
    EXPECT_TRUE(other(with_header([](auto& header) { header.e_ident[EI_DATA] = ELFDATA2MSB; })));
    EXPECT_NE(with_header([](auto& header) { header.e_type = ET_EXEC; }), "ok");
    EXPECT_NE(with_header([](auto& header) { header.e_type = ET_REL; }), "ok");
    EXPECT_NE(with_header([](auto& header) { header.e_phnum = 0; }), "ok");
    EXPECT_NE(with_header([](auto& header) { header.e_phnum = 0xffff; }), "ok");
    EXPECT_NE(with_header([](auto& header) { header.e_phoff = ~0UL - 8; }), "ok");
    EXPECT_NE(with_header([&](auto& header) { header.e_phoff = good.size() - 8; }), "ok");
    EXPECT_NE(with_header([](auto& header) { header.e_phentsize = 32; }), "ok");
}

TEST(Elf, RefusesSegmentsThatAreNotSane) {
    const std::string good = canary("good");
    const auto with = [&](Elf64_Word type, auto change) { return check(with_segment(good, type, change)); };
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_flags |= PF_W | PF_X; }).find("writable and executable"),
              std::string::npos);
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_filesz = 1UL << 40; }), "ok");
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_memsz = 1UL << 60; }), "ok");
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_memsz = 1UL << 20; }).find("overlap"), std::string::npos);
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_offset = ~0UL; }), "ok");
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_vaddr = 0; }), "ok");
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_align = 3; }), "ok");
    EXPECT_NE(with(PT_LOAD, [](auto& load) { load.p_align = 0; }), "ok");
    EXPECT_NE(with(PT_GNU_STACK, [](auto& stack) { stack.p_type = PT_NULL; }).find("PT_GNU_STACK"),
              std::string::npos)
        << "without it the loader makes the stack executable";
    EXPECT_NE(with(PT_DYNAMIC, [](auto& dynamic) { dynamic.p_vaddr += 8; }), "ok");
    EXPECT_NE(with(PT_DYNAMIC, [](auto& dynamic) { dynamic.p_offset += 16; }), "ok")
        << "the loader goes by the address, tools by the offset";
    EXPECT_NE(with(PT_DYNAMIC, [](auto& dynamic) { dynamic.p_type = PT_NOTE; }), "ok");
    EXPECT_NE(with(PT_NOTE, [](auto& note) { note.p_vaddr = 1UL << 30; }), "ok");
    EXPECT_NE(with(PT_NOTE, [](auto& note) { note.p_type = 0x12345; }), "ok");
}

TEST(Elf, RefusesDynamicSectionsThatAreNotSane) {
    const std::string good = canary("good");
    const auto with = [&](Elf64_Sxword tag, std::uint64_t value) {
        return check(with_dynamic(good, [&](Elf64_Dyn& entry) {
            if (entry.d_tag == tag) entry.d_un.d_val = value;
        }));
    };
    for (const auto tag : {DT_STRTAB, DT_SYMTAB, DT_GNU_HASH})
        for (const std::uint64_t address : {1UL << 30, ~0UL, ~0UL - 7})
            EXPECT_NE(with(tag, address), "ok") << tag;
    EXPECT_NE(with(DT_STRSZ, ~0UL), "ok");
    EXPECT_NE(with(DT_STRSZ, 0), "ok");
    EXPECT_NE(with(DT_SYMENT, 16), "ok");
    EXPECT_NE(with(DT_NEEDED, 1UL << 40), "ok");
    EXPECT_NE(check(with_dynamic(good,
                                 [](Elf64_Dyn& entry) {
                                     if (entry.d_tag == DT_NULL) entry.d_tag = DT_RELACOUNT;
                                 })),
              "ok");
    EXPECT_NE(check(with_dynamic(good,
                                 [](Elf64_Dyn& entry) {
                                     if (entry.d_tag == DT_FINI) entry.d_tag = 0x6ffffabc;
                                 }))
                  .find("unknown dynamic entry"),
              std::string::npos);
}

TEST(Elf, NeedsOnlyBareNames) {
    const std::string good = canary("good");
    EXPECT_NE(check(with_text(good, "libc.so.6", "/tmp/c.so")).find("/tmp/c.so"), std::string::npos);
    EXPECT_NE(check(with_text(good, "libc.so.6", "libc.so.7")), "ok");
    EXPECT_NE(check(with_text(good, "libc.so.6", "libC.so.6")), "ok");
    EXPECT_NE(check(with_text(good, "libc.so.6", "$ORIGIN/c")), "ok");
}

TEST(Elf, AnyCutAndAnyFlipIsAnAnswer) {
    const std::string good = canary("good");
    for (std::size_t size = 0; size < good.size(); size += size < 1024 ? 1 : 61)
        (void)check(std::string_view(good).substr(0, size));
    EXPECT_NE(check(std::string_view(good).substr(0, 4096)), "ok");
    std::string flipped = good;
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const char bits : {'\x01', '\x80', '\xff'}) {
            flipped[i] = static_cast<char>(good[i] ^ bits);
            (void)check(flipped);
            flipped[i] = good[i];
        }
}

// Libraries that were built for somebody else: none is mistaken for a plugin, whatever their linkers did.
TEST(Elf, RefusesTheLibrariesOfTheSystem) {
    constexpr int kMost = 400;
    int read = 0;
    for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"}) {
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(folder, none)) {
            if (read >= kMost || !entry.is_regular_file() ||
                entry.path().filename().string().find(".so") == std::string::npos)
                continue;
            const auto bytes = base::read_file(entry.path(), 64UL << 20);
            if (!bytes.ok()) continue;
            ++read;
            EXPECT_NE(check(*bytes), "ok") << entry.path();
        }
    }
    EXPECT_GT(read, 10);
}

}  // namespace
}  // namespace mortise::host
