#pragma once

#include "feel/compile.hpp"
#include "feel/evaluation.hpp"
#include "feel/type.hpp"
#include "feel/value.hpp"

#include <cstddef>
#include <memory>

namespace rules::dmn {

class Recorder;

// What an evaluation goes through the model with. `recorder` is null where no explanation is asked for;
// functions keep it, since they may be called after their decision ended.
struct Run {
    feel::Evaluation& evaluation;
    std::shared_ptr<Recorder> recorder;
};

// A compiled boxed expression. Immutable; evaluated on several threads at once.
class Logic {
 public:
    Logic() = default;
    Logic(const Logic&) = delete;
    Logic& operator=(const Logic&) = delete;
    virtual ~Logic() = default;

    // Reads the slots of the names in whose scope it was compiled, and writes only beyond them.
    virtual feel::Value evaluate(feel::Frame& frame, Run& run) const = 0;
};

using LogicPtr = std::shared_ptr<const Logic>;

struct CompiledLogic {
    LogicPtr logic;
    feel::Type type;  // of its values, as far as it is known
};

}  // namespace rules::dmn
