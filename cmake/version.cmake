# The version, from the header that users see.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../include/rectify/version.hpp lines REGEX "define RECTIFY_VERSION_")
list(TRANSFORM lines REPLACE "[^0-9]+" "")
list(JOIN lines . RECTIFY_VERSION)
