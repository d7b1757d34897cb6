# cmake -DTOOL=mortise-license -DDEV_ROOT=DIR -P make_dev_root.cmake
#
# Makes what a build needs to issue and check licences and to sign plugins when nobody gave it real keys:
#
#   home/                 a vendor's home without passphrase, for `mortise-license --home`
#   development.license   a bundle for the bundled plugins
#   publisher.key, .pub   the key that signs the bundled plugins
#
# Keeps what is there, so that all presets and later builds share one root. Safe to run at the same time twice.
file(MAKE_DIRECTORY "${DEV_ROOT}")
file(LOCK "${DEV_ROOT}" DIRECTORY GUARD PROCESS TIMEOUT 120)

set(ROOT_PUB "${DEV_ROOT}/home/root.pub")
set(LICENSE "${DEV_ROOT}/development.license")

function(run_tool)
    execute_process(COMMAND "${TOOL}" ${ARGV} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(NOT EXISTS "${ROOT_PUB}")
    run_tool(init --home "${DEV_ROOT}/home" --issuer "Mortise development" --development)
endif()
if(NOT EXISTS "${DEV_ROOT}/publisher.key")
    file(REMOVE "${DEV_ROOT}/publisher.pub")
    run_tool(keygen --secret "${DEV_ROOT}/publisher.key")
endif()
if(NOT EXISTS "${DEV_ROOT}/publisher.pub")
    execute_process(COMMAND "${TOOL}" pubkey "${DEV_ROOT}/publisher.key"
                    OUTPUT_FILE "${DEV_ROOT}/publisher.pub" COMMAND_ERROR_IS_FATAL ANY)
endif()

# A licence that has ended, or of a form that this tool no longer takes, is made anew.
if(EXISTS "${LICENSE}")
    execute_process(COMMAND "${TOOL}" verify "${LICENSE}" --root "${ROOT_PUB}"
                    RESULT_VARIABLE refused OUTPUT_QUIET ERROR_QUIET)
    if(refused)
        file(REMOVE "${LICENSE}")
    endif()
endif()
if(NOT EXISTS "${LICENSE}")
    run_tool(issue --home "${DEV_ROOT}/home" --sub "Development" --plan standard
             --plugins milestones,workflows,rules,notifications
             --limit users=100000 --limit tenants=10000 --days 3650 --out "${LICENSE}")
endif()
