#include "core/app/commands.hpp"

int main(int argc, char** argv) {
    return mortise::app::run_command_line(argc, argv);
}
