#pragma once

#include "dmn/engine.hpp"
#include "model.hpp"
#include "mortise/uuid.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

// Models that were compiled, kept for the next evaluation.
namespace rules {

// The content of a version; another one has another id.
struct ModelKey {
    mortise::sdk::Uuid tenant;
    mortise::sdk::Uuid content;

    auto operator<=>(const ModelKey&) const = default;
};

// Bounded: what was used longest ago goes first. Any thread.
class CompiledModels {
 public:
    using Load = std::function<std::vector<SourceFile>()>;

    CompiledModels(std::size_t most_models, std::size_t most_bytes)
        : most_models_(most_models), most_bytes_(most_bytes) {}

    // The model, compiled from what `load` gives if it isn't kept; null if its documents can't be read. Two
    // threads that miss one model both compile it: neither waits for the other.
    std::shared_ptr<const dmn::Model> get(const ModelKey& key, const Load& load);

    std::size_t size() const;

 private:
    struct Entry {
        ModelKey key;
        std::size_t bytes;  // of its documents, which stand for what it takes
        std::shared_ptr<const dmn::Model> model;
    };
    using Entries = std::list<Entry>;

    std::shared_ptr<const dmn::Model> find(const ModelKey& key);
    void keep(Entry entry);
    void shrink();

    const std::size_t most_models_;
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    Entries entries_;  // the one used last is the first
    std::map<ModelKey, Entries::iterator> places_;
    std::size_t bytes_ = 0;
};

// The process's.
CompiledModels& compiled_models();

}  // namespace rules
