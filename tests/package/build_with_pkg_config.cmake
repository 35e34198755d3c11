# Builds programs with no more than COMPILER and what pkg-config says of the package in
# WORK_DIR/prefix: the trainer of SOURCE_DIR, and the example of README, just as it stands there.
cmake_minimum_required(VERSION 3.25)

file(GLOB_RECURSE pc ${WORK_DIR}/prefix/evenkeel.pc)
if(NOT pc)
  message(FATAL_ERROR "evenkeel.pc: is not installed")
endif()
cmake_path(GET pc PARENT_PATH folder)
set(ENV{PKG_CONFIG_PATH} ${folder}:$ENV{PKG_CONFIG_PATH})
execute_process(COMMAND pkg-config --cflags --libs evenkeel
  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")

function(build program)
  execute_process(
    COMMAND ${COMPILER} -std=c++20 -Wall -Wextra -Werror ${ARGN} ${flags} -o ${program}
    COMMAND_ERROR_IS_FATAL ANY)
endfunction()

build(${WORK_DIR}/pkg_config_trainer ${SOURCE_DIR}/trainer.cpp)

file(READ ${README} text)
if(NOT text MATCHES "\n## In a C[+][+] program\n\n```cpp\n([^`]+)```\n")
  message(FATAL_ERROR "${README}: the section 'In a C++ program' does not begin with an example")
endif()
set(example ${WORK_DIR}/example)
file(WRITE ${example}/main.cpp "${CMAKE_MATCH_1}")
file(STRINGS ${example}/main.cpp lines)
list(LENGTH lines count)
if(count GREATER 40)
  message(FATAL_ERROR "${README}: the example has ${count} lines; 40 are the limit")
endif()
build(${example}/example ${example}/main.cpp ${SOURCE_DIR}/train_on.cpp)

# What it trains on: files whose bytes are the samples.
set(manifest [[{"evenkeel": 1, "name": "images", "root": ".", "files": [
  {"path": "main.cpp", "samples": 400}, {"path": "words.txt", "samples": 26}]}]])
file(WRITE ${example}/words.txt "abcdefghijklmnopqrstuvwxyz")
file(WRITE ${example}/images.json "${manifest}")
