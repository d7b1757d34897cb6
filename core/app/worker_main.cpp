#include "core/host/worker_program.hpp"

// Started by the server with the descriptors that core/host/worker_codec.hpp names; of no use by hand.
int main() {
    return mortise::host::run_worker();
}
