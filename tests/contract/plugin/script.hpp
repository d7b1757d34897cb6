#pragma once

#include "mortise/abi/plugin.h"
#include "mortise/abi/services.h"

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace contract {

// The host's tables, as found at start; null where the manifest asks for none.
struct Tables {
    const mortise_host* host = nullptr;
    const mortise_http_1* http = nullptr;
    const mortise_log_1* log = nullptr;
    const mortise_clock_1* clock = nullptr;
    const mortise_ids_1* ids = nullptr;
    const mortise_settings_1* settings = nullptr;
    const mortise_sql_1* sql = nullptr;
    const mortise_events_1* events = nullptr;
    const mortise_license_1* license = nullptr;
    const mortise_flags_1* flags = nullptr;
    const mortise_peers_1* peers = nullptr;
};

// What outlives a call.
struct Kept {
    Tables tables;
    std::mutex mutex;
    std::string transcript;                    // of the last script; under mutex
    std::string late;                          // what a thread left behind wrote; under mutex
    std::map<mortise_call, std::string> told;  // of flags, before a call; under mutex
    std::atomic<mortise_call> handle{0};       // of the last call with `keep`
    std::atomic<int> threads{0};               // that are still at work
};

mortise_text text_of(std::string_view text) noexcept;
std::string_view view_of(mortise_text text) noexcept;
std::string name_of(mortise_status status);

// Runs a script for one call: a line for each step, a step's name and arguments with spaces between; %20 and
// %% stand for themselves in an argument. Each step adds a line to the transcript: its name and what the host
// answered. A script that has not answered by its end answers 200 with the transcript.
//
// In the front of a step: `@zero`, `@other`, `@stale` use another handle than the call's; `@thread` runs the
// step on a thread of its own; `@null` passes no table.
class Script {
 public:
    // `caller`: the plugin that called, of a method.
    Script(Kept& kept, mortise_call call, const mortise_request& request, std::string_view caller = {})
        : kept_(kept), call_(call), request_(request), caller_(caller) {}

    // Tells what has changed; a script sees it by `flag-told`.
    static mortise_flag_watcher watcher(Kept& kept) noexcept;

    // What the call is to return.
    mortise_status run(std::string_view script);

 private:
    using Words = std::vector<std::string>;

    void run_line(std::string_view line);
    void run_step(const Words& words, mortise_call call, bool null_table);
    void tell(std::string line);
    void tell(const Words& words, mortise_status status, std::string_view more = {});

    void http_step(const Words& words, mortise_call call, const mortise_http_1* self);
    void fail_step(const Words& words, mortise_call call, const mortise_http_1* self);
    void service_step(const Words& words, mortise_call call, bool null_table);
    void settings_step(const Words& words, mortise_call call, const mortise_settings_1* self);
    void sql_step(const Words& words, mortise_call call, const mortise_sql_1* self);
    void event_step(const Words& words, mortise_call call, const mortise_events_1* self);
    void license_step(const Words& words, mortise_call call, const mortise_license_1* self);
    void flag_step(const Words& words, mortise_call call, const mortise_flags_1* self);
    static void flag_changed(void* context, mortise_call call, const mortise_context* about,
                             mortise_text key) noexcept;
    std::string told_of_flags(mortise_call call);
    void peer_step(const Words& words, mortise_call call, const mortise_peers_1* self);
    void log_step(const Words& words, mortise_call call, const mortise_log_1* self);
    void time_step(const Words& words);
    void drain(const Words& words, mortise_call call, const mortise_http_1* self);
    void respond(const Words& words, mortise_call call, const mortise_http_1* self);
    std::string about_request() const;
    // Leaves a thread that runs the rest of the words after so many milliseconds.
    void leave_behind(const Words& words, mortise_call call);

    Kept& kept_;
    const mortise_call call_;
    const mortise_request& request_;
    const std::string_view caller_;
    std::mutex mutex_;
    std::string transcript_;  // under mutex_
    mortise_status returns_ = MORTISE_OK;
    bool answered_ = false;
};

}  // namespace contract
