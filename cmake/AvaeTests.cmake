# avae_test(NAME SOURCES… LINK targets…) makes the Catch2 program NAME and registers each of its cases.
function(avae_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  avae_program(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${arg_LINK} Catch2::Catch2WithMain)
  catch_discover_tests(${name} DISCOVERY_MODE PRE_TEST)
endfunction()
