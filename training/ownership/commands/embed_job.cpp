#include "training/ownership/commands/embed_job.h"

#include "training/ownership/commands/job_parts.h"
#include "training/ownership/scheme.h"

namespace freezenet::ownership {

namespace {

Result<Embedded> embed_into(const JobData& data, const Key& key, const EmbedOrder& order, const JobWatch& watch) {
  const auto model = order.model ? classifier_of(data, *order.model) : fresh_classifier(data, order.training.seed);
  const Samples train = train_of(data), evaluation = evaluation_of(data);
  if (auto fits = key.check(*model, train); !fits) return tl::unexpected(fits.error());

  Embedded out;
  const auto teacher = order.teacher ? classifier_of(data, *order.teacher) : nullptr;
  if (order.model) out.accuracy_before = accuracy(*model, evaluation);
  if (teacher && !order.model) out.accuracy_before = accuracy(*teacher, evaluation);

  FitParts parts;
  parts.teacher = teacher.get();
  parts.progress = told(watch, "embedding");
  if (auto done = embed(key, *model, train, fit_options(order.training), parts); !done)
    return tl::unexpected(done.error());
  model->eval();
  auto finding = key.extract(white_box(*model), evaluation);
  if (!finding) return tl::unexpected(finding.error());
  out.finding = shown(std::move(*finding));
  out.accuracy = accuracy(*model, evaluation);
  out.weights = model->flat();
  return out;
}

}  // namespace

Result<Embedded> run_embed(const JobData& data, const Key& key, const EmbedOrder& order, const JobWatch& watch) {
  return guarded([&] { return embed_into(data, key, order, watch); });
}

}  // namespace freezenet::ownership
