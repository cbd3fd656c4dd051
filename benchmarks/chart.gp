# The size sweep of overhead.tsv as bars: time relative to ReLU.
set terminal svg size 960,400 font "sans-serif,12" background "white"
set output "overhead.svg"
set datafile separator "\t"
set style data histogram
set style histogram clustered gap 1.5
set style fill solid 0.9 noborder
set border 3
set tics nomirror
set grid y
set bmargin 4
# Forward rows, then backward rows.
rows(name) = sprintf("< awk -F'\t' '$1 ~ /elements/ && $3 == \"%s\"' overhead.tsv | sort -t '\t' -s -k2,2r", name)
# Before the range is set, beyond which these bars go.
stats rows("plain loop (LeakyReLU)") using 4 name "loop" nooutput
set ylabel "time relative to ReLU"
set yrange [0:3.5]
set key outside top center horizontal maxrows 2
set xtics ("4 Ki (L1)\nforward" 0, "64 Ki (L2)\nforward" 1, "1 Mi (L3)\nforward" 2, "64 Mi (memory)\nforward" 3, \
           "4 Ki (L1)\nbackward" 4, "64 Ki (L2)\nbackward" 5, "1 Mi (L3)\nbackward" 6, "64 Mi (memory)\nbackward" 7)
plot rows("ReLU") using 4 title "ReLU" lc rgb "#888888", \
     rows("LeakyReLU") using 4 title "LeakyReLU" lc rgb "#1f77b4", \
     rows("PReLU, channels apart") using 4 title "PReLU, channels apart" lc rgb "#2ca02c", \
     rows("PReLU, channels adjacent") using 4 title "PReLU, channels adjacent" lc rgb "#98df8a", \
     rows("Eigen select (LeakyReLU)") using 4 title "Eigen select" lc rgb "#ff7f0e", \
     rows("plain loop (LeakyReLU)") using 4 title sprintf("plain loop (%.0f to %.0f)", loop_min, loop_max) lc rgb "#d62728"
