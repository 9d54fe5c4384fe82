# Many series, each fitted by TMB on its own; the time of the fits alone.
# Rscript dynamic_batch.R compile FOLDER | Rscript dynamic_batch.R fit FOLDER
# A row of counts.txt is a series; the mode of its last log rate is written.
suppressMessages(library(TMB))
asked <- commandArgs(trailingOnly = TRUE)
setwd(asked[2])
if (asked[1] == "compile") {
  sink(stderr())
  compile("dynamic.cpp")
  quit(status = 0)
}
dyn.load(dynlib("dynamic"))
series <- as.matrix(read.table("counts.txt"))
rates <- scan("priors.txt", quiet = TRUE)
last <- function(counts) {
  model <- MakeADFun(
    data = list(count = counts, step_rate = rates[1], size_rate = rates[2]),
    parameters = list(
      log_rate = rep(log(mean(counts) + .1), length(counts)),
      log_step_sd = log(.2), log_spread = log(.7)
    ),
    random = "log_rate", DLL = "dynamic", silent = TRUE
  )
  nlminb(model$par, model$fn, model$gr)
  path <- model$env$last.par.best[model$env$random]
  path[[length(path)]]
}
before <- proc.time()
found <- apply(series, 1, last)
spent <- proc.time() - before
cat(spent[["user.self"]] + spent[["sys.self"]], "\n", file = "fit.txt")
cat(found, "\n", file = "fit.txt", append = TRUE)
