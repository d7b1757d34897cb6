#pragma once

#include "model_service.hpp"
#include "packs/packs.hpp"

#include <optional>
#include <string>
#include <string_view>

// Packs: the models with tests that come with the plugin, and how a tenant gets one.
namespace rules {

// 404 if there is none of that name.
const packs::Pack& get_pack(std::string_view name);

struct Installation {
    std::optional<std::string> key;  // of the model; else the pack's name
    bool publish = false;
    bool replace = false;  // also where the tenant's model has another content
};

class PackService {
 public:
    explicit PackService(const mortise::sdk::Call& call) : call_(call), models_(call) {}

    // What the tenant has under the pack's name, its own model first.
    std::optional<ModelRecord> model_of(const packs::Pack& pack) const;

    // As a model of the tenant's own. What is there with the same content stays as it is, but for being
    // published if that is asked for. 409 `pack_differs` if its content is another one.
    ModelRecord install(const packs::Pack& pack, const Installation& installation) const;

    // As the model that the platform shares with the tenant. What is in force with the same content stays.
    ModelRecord share(const packs::Pack& pack) const;

 private:
    bool has_content(const VersionRecord& version, const packs::Pack& pack) const;
    ModelRecord published(const ModelRecord& model) const;

    const mortise::sdk::Call& call_;
    ModelService models_;
};

}  // namespace rules
