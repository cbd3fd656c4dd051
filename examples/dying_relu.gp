# dying_relu.tsv as a picture.
set terminal svg size 900,300 font "sans-serif,12" background "white"
set output "dying_relu.svg"
set multiplot layout 1,3
set datafile separator "\t"
set key autotitle columnhead
set xlabel "epoch"
set border 3
set tics nomirror
set style data lines
names = "ReLU LeakyReLU PReLU"
set key top right
set title "loss"
plot for [i=1:3] "dying_relu.tsv" using 1:(strcol(2) eq word(names, i) ? $3 : 1/0) title word(names, i) lw 2
set key off
set title "accuracy, held-out images"
set format y "%.0f%%"
plot for [i=1:3] "dying_relu.tsv" using 1:(strcol(2) eq word(names, i) ? 100 * $4 : 1/0) lw 2
set title "dead units"
plot for [i=1:3] "dying_relu.tsv" using 1:(strcol(2) eq word(names, i) ? 100 * $5 : 1/0) lw 2
