# The L2 section of peers.tsv as bars: time relative to ours.
set terminal svg size 960,640 font "sans-serif,12" background "white"
set output "peers.svg"
set datafile separator "\t"
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set border 3
set tics nomirror
set grid y
set logscale y
set yrange [0.25:100]
set ylabel "time relative to rectify"
set xtics rotate by -20 left
set key at screen 0.5, 0.99 center top horizontal maxrows 2
set multiplot layout 2,1 margins 0.07,0.93,0.12,0.84 spacing 0,0.22
# Two blocks for each size, forward and backward.
stats "peers.tsv" index 2 skip 1 using 2 nooutput
do for [block = 2:3] {
  set title (block == 2 ? "forward" : "backward") . ", 64 Ki elements (L2 cache)"
  plot for [k = 2:STATS_columns] "peers.tsv" index block using k:xtic(1) title columnheader(k), 1 with lines lc rgb "#444444" notitle
  unset key
}
unset multiplot
