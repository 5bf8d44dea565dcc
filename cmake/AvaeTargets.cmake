# avae_library(NAME SOURCES…) and avae_program(NAME SOURCES…): our own targets, C++20, with warnings.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(AVAE_CCACHE ccache NO_CMAKE_FIND_ROOT_PATH)
if(AVAE_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${AVAE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${AVAE_CCACHE}")
endif()

function(avae_configure_target target scope)
  target_include_directories(${target} ${scope} "${PROJECT_SOURCE_DIR}")
  if(NOT scope STREQUAL "INTERFACE")
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
      $<$<BOOL:${AVAE_WARNINGS_AS_ERRORS}>:-Werror>)
    if(AVAE_SANITIZE)
      # Instrumented, std::regex looks uninitialised to GCC 14.
      target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-maybe-uninitialized)
      target_link_options(${target} PUBLIC -fsanitize=address,undefined)
    endif()
  endif()
endfunction()

# avae_library(model a.cpp b.cpp) makes the static library avae_model with the alias avae::model.
function(avae_library name)
  add_library(avae_${name} STATIC ${ARGN})
  add_library(avae::${name} ALIAS avae_${name})
  avae_configure_target(avae_${name} PUBLIC)
endfunction()

function(avae_program name)
  add_executable(${name} ${ARGN})
  avae_configure_target(${name} PRIVATE)
endfunction()
