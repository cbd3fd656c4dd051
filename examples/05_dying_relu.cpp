// The dying ReLU: a deep network on real images, the same but for its activation, and how many units die.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <random>
#include <rectify/dense.hpp>
#include <sstream>
#include <string>
#include <vector>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

namespace {

using Matrix = Eigen::MatrixXf;

/// One image a column, pixels 0 to 1, and their classes.
struct Images {
  Matrix x;
  std::vector<int> label;
};

/// The rows of a CSV file: pixels 0 to 16, then the class.
Images read_digits(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::vector<float>> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(std::stof(field));
  }
  if (rows.empty()) {
    std::fprintf(stderr, "cannot read %s\n", file.c_str());
    std::exit(1);
  }
  Images images{Matrix(64, static_cast<Eigen::Index>(rows.size())), {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (Eigen::Index p = 0; p < 64; ++p)
      images.x(p, static_cast<Eigen::Index>(i)) = rows[i][static_cast<std::size_t>(p)] / 16;
    images.label.push_back(static_cast<int>(rows[i].back()));
  }
  return images;
}

#ifdef HAVE_ZLIB
/// The payload of a gzipped IDX file, empty where there is none.
std::vector<unsigned char> read_idx(const std::string& file, std::size_t header) {
  std::vector<unsigned char> bytes;
  if (gzFile in = gzopen(file.c_str(), "rb")) {
    unsigned char buffer[1 << 16];
    for (int n; (n = gzread(in, buffer, sizeof buffer)) > 0;) bytes.insert(bytes.end(), buffer, buffer + n);
    gzclose(in);
  }
  if (bytes.size() < header) return {};
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  return bytes;
}

Images read_fashion(const std::string& stem) {
  const auto pixels = read_idx(stem + "-images-idx3-ubyte.gz", 16),
             labels = read_idx(stem + "-labels-idx1-ubyte.gz", 8);
  Images images{Matrix(784, static_cast<Eigen::Index>(labels.size())), {labels.begin(), labels.end()}};
  for (std::size_t i = 0; i < labels.size() * 784; ++i)
    images.x.data()[i] = static_cast<float>(pixels[i]) / 255;
  return images;
}
#endif

Images columns(const Images& all, Eigen::Index begin, Eigen::Index n) {
  return {all.x.middleCols(begin, n), {all.label.begin() + begin, all.label.begin() + begin + n}};
}

/// The three activations behind one face; only PReLU has something to learn.
template <class Act>
struct Layer {
  Act act;
  Eigen::ArrayXf dalpha = {};

  void forward(const Matrix& x, Matrix& y) const { act.forward(x, y); }
  void backward(const Matrix& x, Matrix& dy, float rate) {
    if constexpr (std::is_same_v<Act, rectify::PReLU<float>>) {
      act.backward(x, dy, dy, dalpha);
      act.alpha -= rate * dalpha;
    } else {
      act.backward(x, dy, dy);
    }
  }
};

struct Epoch {
  double loss, accuracy, dead;
};

struct Setting {
  int depth, width, epochs;
  float rate;
  unsigned seed = 1;
};

template <class Act>
class Network {
 public:
  Network(Eigen::Index inputs, const Setting& setting, const Act& act, std::mt19937& random) {
    Eigen::Index from = inputs;
    for (int i = 0; i <= setting.depth; ++i) {
      const Eigen::Index to = i == setting.depth ? 10 : setting.width;
      std::normal_distribution<float> normal(
          0, static_cast<float>(act.gain()) / std::sqrt(static_cast<float>(from)));
      weights_.push_back(Matrix::NullaryExpr(to, from, [&] { return normal(random); }));
      bias_.push_back(Eigen::VectorXf::Zero(to));
      if (i < setting.depth) layers_.push_back({act});
      from = to;
    }
    pre_.resize(weights_.size());
    post_.resize(weights_.size());
  }

  /// Class scores of a batch.
  const Matrix& forward(const Matrix& x) {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      pre_[i].noalias() = weights_[i] * (i == 0 ? x : post_[i - 1]);
      pre_[i].colwise() += bias_[i];
      if (i < layers_.size()) layers_[i].forward(pre_[i], post_[i]);
    }
    return pre_.back();
  }

  /// One step of gradient descent on a batch; returns its summed loss.
  double train(const Images& batch, float rate) {
    Matrix delta = forward(batch.x);
    delta.rowwise() -= delta.colwise().maxCoeff().eval();
    delta = delta.array().exp();
    delta.array().rowwise() /= delta.array().colwise().sum().eval();
    double loss = 0;
    const Eigen::Index n = batch.x.cols();
    for (Eigen::Index j = 0; j < n; ++j) {
      float& p = delta(batch.label[static_cast<std::size_t>(j)], j);
      loss -= std::log(std::max(p, 1e-30f));
      p -= 1;
    }
    delta /= static_cast<float>(n);
    Matrix next;
    for (std::size_t i = weights_.size(); i-- > 0;) {
      const Matrix& input = i == 0 ? batch.x : post_[i - 1];
      if (i > 0) next.noalias() = weights_[i].transpose() * delta;
      weights_[i].noalias() -= rate * delta * input.transpose();
      bias_[i] -= rate * delta.rowwise().sum();
      if (i > 0) {
        layers_[i - 1].backward(pre_[i - 1], next, rate);
        delta = next;
      }
    }
    return loss;
  }

  double accuracy(const Images& images) {
    const Matrix& scores = forward(images.x);
    int right = 0;
    for (Eigen::Index j = 0; j < scores.cols(); ++j) {
      Eigen::Index best = 0;
      scores.col(j).maxCoeff(&best);
      right += best == images.label[static_cast<std::size_t>(j)];
    }
    return static_cast<double>(right) / static_cast<double>(scores.cols());
  }

  /// The share of hidden units that are positive for no image.
  double dead(const Images& images) {
    forward(images.x);
    Eigen::Index dead = 0, units = 0;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      dead += (pre_[i].rowwise().maxCoeff().array() <= 0).count();
      units += pre_[i].rows();
    }
    return static_cast<double>(dead) / static_cast<double>(units);
  }

 private:
  std::vector<Matrix> weights_, pre_, post_;
  std::vector<Eigen::VectorXf> bias_;
  std::vector<Layer<Act>> layers_;
};

template <class Act>
std::vector<Epoch> learn(const char* name, const Act& act, const Images& training, const Images& held_out,
                         const Setting& setting) {
  std::mt19937 random(setting.seed);
  Network<Act> network(training.x.rows(), setting, act, random);
  std::vector<Eigen::Index> order(static_cast<std::size_t>(training.x.cols()));
  std::iota(order.begin(), order.end(), 0);
  std::vector<Epoch> history;
  constexpr std::size_t batch_size = 32;
  std::printf("\n%-10s epoch   loss  accuracy  dead units\n", name);
  for (int epoch = 1; epoch <= setting.epochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    double loss = 0;
    for (std::size_t i = 0; i + batch_size <= order.size(); i += batch_size) {
      Images batch{Matrix(training.x.rows(), batch_size), std::vector<int>(batch_size)};
      for (std::size_t j = 0; j < batch_size; ++j) {
        batch.x.col(static_cast<Eigen::Index>(j)) = training.x.col(order[i + j]);
        batch.label[j] = training.label[static_cast<std::size_t>(order[i + j])];
      }
      loss += network.train(batch, setting.rate);
      if (i / batch_size % 32 == 0) {
        const int done = static_cast<int>(20 * i / order.size());
        std::printf("\r%10s %5d [%.*s%*s]", "", epoch, done, "####################", 20 - done, "");
        std::fflush(stdout);
      }
    }
    history.push_back(
        {loss / static_cast<double>(order.size()), network.accuracy(held_out), network.dead(training)});
    const Epoch& e = history.back();
    std::printf("\r%10s %5d %6.3f %8.1f%% %10.1f%%%10s\n", "", epoch, e.loss, 100 * e.accuracy, 100 * e.dead,
                "");
  }
  return history;
}

}  // namespace

/// 05_dying_relu [directory of Fashion-MNIST, or a CSV file of digits] [epochs] [seed]
int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist";
  Images training, held_out;
#ifdef HAVE_ZLIB
  training = read_fashion(path + "/train");
  held_out = read_fashion(path + "/t10k");
#endif
  // Deep and narrow: where ReLU units die (Lu et al., "Dying ReLU and initialization", 2020).
  Setting setting{20, 12, 6, 0.02f};
  if (training.label.empty()) {
    const bool csv = path.size() > 4 && path.substr(path.size() - 4) == ".csv";
    const std::string file = csv ? path : RECTIFY_DIGITS;
    const Images all = read_digits(file);
    training = columns(all, 0, 1500);
    held_out = columns(all, 1500, all.x.cols() - 1500);
    setting.epochs = 80;
    std::printf("Data: %s, ", file.c_str());
  } else {
    std::printf("Data: Fashion-MNIST, ");
  }
  if (argc > 2) setting.epochs = std::atoi(argv[2]);
  if (argc > 3) setting.seed = static_cast<unsigned>(std::atoi(argv[3]));
  std::printf(
      "%d images to learn from, %d held out; %d hidden layers of %d units, SGD with rate %g, "
      "seed %u\n",
      static_cast<int>(training.x.cols()), static_cast<int>(held_out.x.cols()), setting.depth, setting.width,
      static_cast<double>(setting.rate), setting.seed);

  const std::vector<std::pair<const char*, std::vector<Epoch>>> runs{
      {"ReLU", learn("ReLU", rectify::ReLU<float>(), training, held_out, setting)},
      {"LeakyReLU", learn("LeakyReLU", rectify::LeakyReLU<float>(0.1f), training, held_out, setting)},
      {"PReLU", learn("PReLU", rectify::PReLU<float>(setting.width, 0), training, held_out, setting)}};

  std::printf("\n%-10s %6s %9s %11s\n", "", "loss", "accuracy", "dead units");
  for (const auto& [name, history] : runs) {
    const Epoch& last = history.back();
    std::printf("%-10s %6.3f %8.1f%% %10.1f%%\n", name, last.loss, 100 * last.accuracy, 100 * last.dead);
  }
  std::ofstream table("dying_relu.tsv");
  table << "epoch\tactivation\tloss\taccuracy\tdead\n";
  for (const auto& [name, history] : runs) {
    int epoch = 0;
    for (const Epoch& e : history)
      table << ++epoch << "\t" << name << "\t" << e.loss << "\t" << e.accuracy << "\t" << e.dead << "\n";
    table << "\n\n";
  }
}
