#pragma once

namespace mortise::app {

// Exit codes of every command.
inline constexpr int kExitDone = 0;
inline constexpr int kExitRefused = 1;  // it was understood, and could not be done
inline constexpr int kExitUsage = 2;    // wrong arguments or configuration

// The program `mortise`: reads the command line, runs the command and answers its exit code.
int run_command_line(int argc, char** argv);

}  // namespace mortise::app
