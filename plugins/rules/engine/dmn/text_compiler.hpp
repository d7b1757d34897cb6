#pragma once

#include "dmn/fault.hpp"
#include "dmn/model.hpp"
#include "feel/compile.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rules::dmn {

class AllowedValues;

bool is_blank(std::string_view text);

// Compiles the texts of one document, and tells their faults by the elements in which they stand.
class TextCompiler {
 public:
    TextCompiler(const Definitions& definitions, const feel::Limits& limits, Faults& faults)
        : definitions_(definitions), limits_(limits), faults_(faults) {}

    // From now on faults are counted as of this element where a text has no id of its own; or aren't told,
    // as of a document whose faults were told before.
    void enter(const Element& element) { element_ = &element; }
    void mute(bool muted) { muted_ = muted; }

    std::optional<feel::Expression> expression(const Text& text, const feel::Scope& scope);
    // What the scope lacks for the expression; nothing if it has faults, which expression() tells.
    std::vector<feel::UndeclaredName> undeclared_names(const Text& text, const feel::Scope& scope) const;
    // An empty text is `-`, as editors leave it.
    std::optional<feel::UnaryTests> tests(const Text& text, const feel::Scope& scope,
                                          const feel::Type& input);
    std::shared_ptr<const AllowedValues> allowed_values(const std::optional<Text>& text,
                                                        const feel::Scope& scope, const feel::Type& type);
    // An expression that this program writes around a text of the model.
    std::optional<feel::Expression> around(const std::string& before, const Text& text,
                                           const std::string& after, const feel::Scope& scope);

    // Warns of a name that no text can use.
    void check_name(const Element& element);

    // Tells of each parameter whose name one before it has.
    void check_parameters(const std::vector<InformationItem>& parameters);

    void fault(const Element& element, const char* code, std::string reason,
               Severity severity = Severity::kError);
    const feel::Limits& limits() const { return limits_; }

 private:
    bool is_feel(const Text& text);
    const std::string& language_of(const Text& text) const;
    void text_fault(const Text& text, const feel::Fault& fault);

    const Definitions& definitions_;
    const feel::Limits& limits_;
    Faults& faults_;
    const Element* element_ = nullptr;
    bool muted_ = false;
};

}  // namespace rules::dmn
