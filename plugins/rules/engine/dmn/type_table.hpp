#pragma once

#include "dmn/limits.hpp"
#include "dmn/model.hpp"
#include "dmn/text_compiler.hpp"
#include "feel/compile.hpp"
#include "feel/type.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules::dmn {

// The types of one document: its item definitions, and those of its imports as `import.type`.
class TypeTable {
 public:
    struct Imported {
        std::string name;  // of the import; may be empty
        std::string uri;
        const TypeTable* table = nullptr;
    };

    TypeTable(const Definitions& definitions, std::vector<Imported> imports, TextCompiler& compiler,
              const Limits& limits);

    // Any, and a fault at `element`, if there is no such type. No name is any type.
    feel::Type resolve(const TypeName& name, const Element& element, TextCompiler& compiler) const;

    // Holds the types only; who declares names there takes them away again.
    const feel::Scope& scope() const { return scope_; }

 private:
    class Builder;

    std::optional<feel::Type> find(const TypeName& name) const;
    std::optional<feel::Type> find_imported(const TypeName& name) const;

    const Definitions& definitions_;
    std::vector<Imported> imports_;
    std::map<std::string, feel::Type, std::less<>> types_;
    feel::Scope scope_;
};

}  // namespace rules::dmn
