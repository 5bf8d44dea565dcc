# AVAE_THIRD_PARTY: the folder with the pinned sources (scripts/third-party makes it, once per user).
# Also when the folder is gone, as after a cache was emptied.
if(NOT EXISTS "${AVAE_THIRD_PARTY}/xnnpack")
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/third-party" OUTPUT_VARIABLE folder OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  set(AVAE_THIRD_PARTY "${folder}" CACHE PATH "Folder with the sources of XNNPACK, Dear ImGui and what they need" FORCE)
endif()
