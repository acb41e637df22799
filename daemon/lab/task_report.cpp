#include "daemon/lab/task_report.h"

#include <cstdio>
#include <vector>

#include <nlohmann/json.hpp>

#include "consensus/base/hex.h"
#include "consensus/watermark.h"
#include "daemon/task_json.h"
#include "training/work.h"

namespace freezenet::lab {

namespace {

using Json = nlohmann::ordered_json;

/// Tensors are named "LAYER.weight" and "LAYER.bias".
std::uint64_t parameters_of(const Plan& plan, std::size_t layer) {
  std::uint64_t sum = 0;
  for (const TensorSpec& tensor : plan.tensors) {
    if (tensor.name.starts_with(std::to_string(layer) + ".")) sum += tensor.count;
  }
  return sum;
}

std::string shape_text(const Activation& a) {
  return std::to_string(a.channels) + "x" + std::to_string(a.height) + "x" + std::to_string(a.width);
}

/// "conv2d 32, kernel 3, stride 1, padding 1" from the layer as the file writes it.
std::string layer_text(const Json& layer) {
  std::string text = layer.at("kind").get<std::string>();
  for (const auto& [key, value] : layer.items()) {
    if (key != "kind") text += (text.find(' ') == std::string::npos ? " " : ", ") + key + " " + value.dump();
  }
  return text;
}

std::uint64_t values_of_a_sample(const Plan& plan) {
  std::uint64_t sum = 0;
  for (const Activation& activation : plan.activations) sum += activation.size();
  return sum;
}

/// Weights, momentum, gradients and mask, and a batch's activations: what grows with the task.
std::uint64_t training_bytes(const Task& task, const Plan& plan) {
  return plan.parameters * 13 + 4 * std::uint64_t{task.batch} * values_of_a_sample(plan);
}

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

void add_row(std::string& out, const std::vector<std::string>& cells) {
  char row[256];
  std::snprintf(row, sizeof row, "%5s  %-56s %-14s %12s %14s\n", cells[0].c_str(), cells[1].c_str(), cells[2].c_str(),
                cells[3].c_str(), cells[4].c_str());
  out += row;
}

void add_line(std::string& out, const std::string& what, const std::string& value) {
  out += what + std::string(what.size() < 22 ? 22 - what.size() : 1, ' ') + value + "\n";
}

}  // namespace

Json task_report(const NamedTask& named) {
  const auto& [task, plan, pinned] = named;
  Json report;
  report["name"] = task.name;
  report["id"] = pinned ? Json(to_hex(task.id())) : Json();
  report["dataset"] = task.dataset.name;
  report["dataset_root"] = pinned ? Json(to_hex(task.dataset.root)) : Json();
  report["input"] = shape_text(plan.activations.front());
  report["layers"] = Json::array();
  for (std::size_t i = 0; i < task.layers.size(); ++i) {
    Json layer = daemon::to_json(task.layers[i]);
    layer["output"] = shape_text(plan.activations[i + 1]);
    layer["parameters"] = parameters_of(plan, i);
    layer["multiply_adds"] = training::multiply_adds(task.layers[i], plan.activations[i], plan.activations[i + 1]);
    report["layers"].push_back(std::move(layer));
  }
  report["parameters"] = plan.parameters;
  report["model_bytes"] = plan.model_bytes();
  report["activation_values"] = values_of_a_sample(plan);
  report["multiply_adds"] = training::multiply_adds(task, plan);
  report["training_bytes"] = training_bytes(task, plan);
  report["batch"] = task.batch;
  report["steps"] = task.steps;
  report["steps_per_epoch"] = task.dataset.train_count / task.batch;
  report["target"] = std::to_string(task.target_num) + "/" + std::to_string(task.target_den);
  return report;
}

std::string task_report_text(const NamedTask& named) {
  const auto& [task, plan, pinned] = named;
  const Json report = task_report(named);
  std::string out;
  add_line(out, "task", task.name);
  add_line(out, "id", pinned ? to_hex(task.id()) : "none: the dataset is not pinned (freezenet-lab task pin)");
  add_line(out, "dataset",
           task.dataset.name + ", " + std::to_string(task.dataset.train_count) + " + " +
               std::to_string(task.dataset.evaluation_count) + " samples, " + std::to_string(task.dataset.classes) +
               " classes");
  out += "\n";
  add_row(out, {"layer", "", "output", "parameters", "multiply-adds"});
  add_row(out, {"", "input", shape_text(plan.activations.front()), "", ""});
  for (std::size_t i = 0; i < task.layers.size(); ++i) {
    const Json& layer = report["layers"][i];
    add_row(out, {std::to_string(i), layer_text(daemon::to_json(task.layers[i])), layer["output"].get<std::string>(),
                  layer["parameters"].dump(), layer["multiply_adds"].dump()});
  }
  out += "\n";
  add_line(out, "parameters", std::to_string(plan.parameters) + " (" + megabytes(plan.model_bytes()) + ")");
  add_line(out, "multiply-adds",
           report["multiply_adds"].dump() + " a sample forward, about three times that to train on it");
  add_line(out, "memory to train", "about " + megabytes(training_bytes(task, plan)) + " beside the dataset");
  add_line(out, "segment",
           std::to_string(task.steps) + " steps of " + std::to_string(task.batch) + " samples; an epoch has " +
               report["steps_per_epoch"].dump() + " steps");
  add_line(out, "target", report["target"].get<std::string>() + " (freezenet-lab task cost measures it)");
  return out;
}

}  // namespace freezenet::lab
