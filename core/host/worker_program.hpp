#pragma once

namespace mortise::host {

// The whole of mortise-worker: takes a manifest from the channel and the library from its descriptor, makes
// itself poor, loads and starts the plugin, and serves one call at a time until the host stops it or has
// gone. Answers the exit code.
int run_worker();

}  // namespace mortise::host
