#include "pack_service.hpp"

#include "mortise/errors.hpp"

#include <algorithm>
#include <utility>

namespace rules {
namespace {

using mortise::sdk::Problem;

constexpr std::string_view kTag = "pack";

std::vector<SourceFile> files_of(const packs::Pack& pack) {
    std::vector<SourceFile> files;
    for (const packs::PackFile& file : pack.files)
        files.push_back({std::string(file.name), std::string(file.xml)});
    return files;
}

ModelChange content_of(const packs::Pack& pack) {
    ModelChange content;
    content.files = files_of(pack);
    content.tests = std::string(pack.tests);
    return content;
}

ModelChange all_of(const packs::Pack& pack) {
    ModelChange content = content_of(pack);
    content.name = std::string(pack.title);
    content.tags = {std::string(kTag)};
    return content;
}

}  // namespace

const packs::Pack& get_pack(std::string_view name) {
    const packs::Pack* pack = packs::find_pack(name);
    if (pack == nullptr) throw Problem(404, "pack_not_found", "There is no pack of this name.");
    return *pack;
}

std::optional<ModelRecord> PackService::model_of(const packs::Pack& pack) const {
    const ModelRepository& repository = models_.repository();
    auto own = repository.find(pack.name, Layer::kOwn);
    return own ? std::move(own) : repository.find(pack.name, Layer::kShared);
}

bool PackService::has_content(const VersionRecord& version, const packs::Pack& pack) const {
    const VersionContent content = models_.get_content(version);
    return content.tests == pack.tests &&
           std::ranges::equal(content.files, pack.files, [](const SourceFile& one, const auto& other) {
               return one.name == other.name && one.xml == other.xml;
           });
}

ModelRecord PackService::install(const packs::Pack& pack, const Installation& installation) const {
    const std::string key = installation.key.value_or(std::string(pack.name));
    auto model = models_.repository().find(key, Layer::kOwn);
    if (!model) {
        model = models_.create({key, all_of(pack)}).model;
    } else if (!has_content(models_.get_version(*model, model->latest_version, 0), pack)) {
        if (!installation.replace)
            throw Problem(409, "pack_differs",
                          "The tenant has changed the model of this key, or the pack is a newer one. Install "
                          "it with replace, or under another key.");
        model = models_.change(model->id.to_string(), content_of(pack), std::nullopt).model;
    }
    return installation.publish ? published(*model) : *std::move(model);
}

ModelRecord PackService::share(const packs::Pack& pack) const {
    if (auto model = models_.repository().find(pack.name, Layer::kShared))
        if (const auto version = models_.repository().find_in_force(model->id, call_.now()))
            if (has_content(*version, pack)) return *std::move(model);
    return models_.share(pack.name, all_of(pack)).model;
}

ModelRecord PackService::published(const ModelRecord& model) const {
    if (models_.get_version(model, model.latest_version, 0).status == Status::kPublished) return model;
    return models_.publish(model.id.to_string(), {}, std::nullopt).model;
}

}  // namespace rules
