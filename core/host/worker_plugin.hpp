#pragma once

#include "core/base/result.hpp"
#include "core/host/package.hpp"
#include "core/host/plugin.hpp"
#include "core/host/unit_backend.hpp"
#include "core/host/worker_pool.hpp"

#include <memory>

namespace mortise::host {

// Starts a verified package in processes of its own; nothing of it runs in this one. Its calls are given to
// the workers, and their services run on the threads that make the calls. Errors are those of WorkerPool, and
// `statement_invalid` and `settings_schema_invalid`, each naming the plugin.
//
// A call whose worker dies is answered 503 `plugin_unavailable`; one whose deadline passes, 504
// `deadline_exceeded`, and its worker is killed. Either way the caller rolls the unit back.
base::Result<std::unique_ptr<Plugin>> load_in_workers(Package package, storage::Engine engine,
                                                      ServiceParts parts, WorkerSettings settings);

}  // namespace mortise::host
