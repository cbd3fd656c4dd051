# README's program, taken from README: cmake -DSOURCE=... -DTO=... -P readme.cmake writes it to TO.cpp and the output that
# README shows to TO.txt.
file(READ ${SOURCE}/README.md text)
string(FIND "${text}" "```cpp\n" begin)
math(EXPR begin "${begin} + 7")
string(SUBSTRING "${text}" ${begin} -1 text)
string(FIND "${text}" "```\n" end)
string(SUBSTRING "${text}" 0 ${end} program)
# Only where it differs, so that it is not compiled anew.
file(CONFIGURE OUTPUT ${TO}.cpp CONTENT "${program}" @ONLY)
string(SUBSTRING "${text}" ${end} -1 text)
string(REGEX MATCH "\n```\n([^`]*)```" shown "${text}")
file(WRITE ${TO}.txt "${CMAKE_MATCH_1}")
