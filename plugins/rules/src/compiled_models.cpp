#include "compiled_models.hpp"

#include "model_compiler.hpp"

#include <utility>

namespace rules {
namespace {

constexpr std::size_t kMostModels = 512;
constexpr std::size_t kMostBytes = std::size_t{32} << 20;

}  // namespace

std::shared_ptr<const dmn::Model> CompiledModels::get(const ModelKey& key, const Load& load) {
    if (auto kept = find(key)) return kept;
    const std::vector<SourceFile> files = load();
    std::size_t bytes = 0;
    for (const SourceFile& file : files)
        bytes += file.xml.size();
    auto model = compile_files(files).model;
    if (model) keep({key, bytes, model});
    return model;
}

std::size_t CompiledModels::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

std::shared_ptr<const dmn::Model> CompiledModels::find(const ModelKey& key) {
    const std::lock_guard lock(mutex_);
    const auto place = places_.find(key);
    if (place == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, place->second);
    return place->second->model;
}

void CompiledModels::keep(Entry entry) {
    if (entry.bytes > most_bytes_) return;
    const std::lock_guard lock(mutex_);
    if (places_.contains(entry.key)) return;  // another thread was faster
    bytes_ += entry.bytes;
    entries_.push_front(std::move(entry));
    places_.emplace(entries_.front().key, entries_.begin());
    shrink();
}

void CompiledModels::shrink() {
    while (entries_.size() > most_models_ || bytes_ > most_bytes_) {
        bytes_ -= entries_.back().bytes;
        places_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

CompiledModels& compiled_models() {
    static CompiledModels models(kMostModels, kMostBytes);
    return models;
}

}  // namespace rules
