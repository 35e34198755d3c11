# Builds the trainer of SOURCE_DIR with no more than COMPILER and what pkg-config says of the
# package in WORK_DIR/prefix.
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

execute_process(
  COMMAND ${COMPILER} -std=c++20 -Wall -Wextra -Werror ${SOURCE_DIR}/trainer.cpp ${flags}
    -o ${WORK_DIR}/pkg_config_trainer
  COMMAND_ERROR_IS_FATAL ANY)
