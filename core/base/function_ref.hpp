#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace mortise::base {

template <class Signature>
class FunctionRef;

// Refers to something callable that outlives the reference: a parameter type for what is called before the
// function returns. Unlike std::function it never allocates.
template <class Return, class... Arguments>
class FunctionRef<Return(Arguments...)> {
 public:
    template <class Callable, class = std::enable_if_t<!std::is_same_v<std::decay_t<Callable>, FunctionRef>>>
    FunctionRef(Callable&& callable) noexcept
        : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
          invoke_([](void* target, Arguments... arguments) -> Return {
              return (*static_cast<std::remove_reference_t<Callable>*>(target))(
                  std::forward<Arguments>(arguments)...);
          }) {}

    Return operator()(Arguments... arguments) const {
        return invoke_(callable_, std::forward<Arguments>(arguments)...);
    }

 private:
    void* callable_;
    Return (*invoke_)(void*, Arguments...);
};

}  // namespace mortise::base
