// `etalon fit` from a CSV file to JSON, text and picture, and what it says about bad input.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/commands.h"
#include "app/csv_table.h"
#include "base/error.h"
#include "base/file.h"

using namespace etalon;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "etalon-fit-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// What the command prints.
std::string fit(const app::Arguments& arguments) {
  std::ostringstream output;
  std::streambuf* const before = std::cout.rdbuf(output.rdbuf());
  try {
    const int code = app::fit_command(arguments);
    std::cout.rdbuf(before);
    CHECK(code == 0);
  } catch (...) {
    std::cout.rdbuf(before);
    throw;
  }
  return output.str();
}

std::string refusal(const app::Arguments& arguments) {
  try {
    fit(arguments);
  } catch (const base::InputError& error) {
    return error.what();
  }
  return "fitted";
}

const char* const six_points = "x,y,u\n1,3.3,0.5\n2,5.6,0.5\n3,7.1,0.5\n4,9.3,0.5\n5,10.7,0.5\n6,12.1,0.5\n";

}  // namespace

TEST_CASE("JSON of a weighted line, with prediction and inverse") {
  const Folder folder;
  const std::string data = folder.write("points.csv", six_points);
  const Json json = Json::parse(fit(
      {data, "--x", "x", "--y", "y", "--uy", "u", "--predict", "3.5±0.2,-2", "--invert", "10.5+-0.5", "--json", "-"}));
  CHECK(json["curve"] == "line");
  CHECK(json["method"] == "wls");
  CHECK(json["parameters"][0]["name"] == "b0");
  CHECK(json["parameters"][0]["value"].get<double>() == Approx(1.8666666666666583).epsilon(1e-12));
  CHECK(json["parameters"][1]["standard_uncertainty"].get<double>() == Approx(std::sqrt(0.014285714285714285)));
  CHECK(json["covariance"][0][1].get<double>() == Approx(-0.05));
  CHECK(json["chi_squared"].get<double>() == Approx(1.6647619047619058));
  CHECK(json["degrees_of_freedom"] == 4);
  CHECK(json["residual_standard_deviation"].get<double>() == Approx(0.5 * std::sqrt(1.6647619047619058 / 4)));
  CHECK_THAT(json["covariance_convention"].get<std::string>(), Contains("ISO/TS 28037"));
  CHECK(json["predictions"][0]["y"].get<double>() == Approx(8.016666666666655));
  CHECK(json["predictions"][0]["standard_uncertainty"].get<double>() == Approx(0.40640953173245464));
  CHECK(json["predictions"][0]["extrapolated"] == false);
  CHECK(json["predictions"][1]["extrapolated"] == true);
  CHECK(json["inversions"][0]["x"].get<double>() == Approx(4.9132791327913345));
  CHECK(json["inversions"][0]["standard_uncertainty"].get<double>() == Approx(0.32203556012891027));
}

TEST_CASE("the same points from semicolons, tabs, quotes, CR LF, byte order mark, comments and units in the header") {
  const Folder folder;
  const std::string plain = folder.write("plain.csv", "x,y\n1,2\n2,4.1\n3,5.9\n4,8.2\n");
  const app::Arguments options{"--x", "x", "--y", "y", "--json", "-"};
  const auto fit_file = [&](const std::string& file) {
    app::Arguments arguments = options;
    arguments.insert(arguments.begin(), file);
    return fit(arguments);
  };
  const std::string expected = fit_file(plain);
  CHECK(expected == fit_file(folder.write("a.csv", "\xEF\xBB\xBFx;y\r\n1;2\r\n2;4.1\r\n\r\n3;5.9\r\n4;8.2\r\n")));
  CHECK(expected == fit_file(folder.write("b.csv", "x / V\ty (ohm)\n1\t2\n2\t4.1\n3\t5.9\n4\t8.2")));
  CHECK(expected == fit_file(folder.write("c.csv",
                                          "# made up\n\"x\",\"note, long\",y\n1,a,2\n2,\"b \"\"c\",+4.1\n3,,5.9\n"
                                          "4,d,8.2\n")));
}

TEST_CASE("covariance matrices, conventions, fixed parameters, start values") {
  const Folder folder;
  const std::string data = folder.write("points.csv", six_points);
  std::string cov;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j)
      cov += (j > 0 ? "," : "") + std::string(i == j ? "0.25" : "0.04");
    cov += "\n";
  }
  const std::string file = folder.write("cov.csv", cov);
  const Json gls = Json::parse(fit({data, "--x", "x", "--y", "y", "--cov-y", file, "--json", "-"}));
  CHECK(gls["method"] == "gls");
  // A common part of the covariance moves the intercept's variance alone.
  CHECK(gls["parameters"][1]["standard_uncertainty"].get<double>() == Approx(std::sqrt(0.21 / 17.5)));
  const Json ggmr = Json::parse(
      fit({data, "--x", "x", "--y", "y", "--cov-y", file, "--cov-x", file, "--curve", "line", "--json", "-"}));
  CHECK(ggmr["method"] == "ggmr");
  const Json scaled = Json::parse(
      fit({data, "--x", "x", "--y", "y", "--uy", "0.5", "--covariance", "chi-squared-scaled", "--json", "-"}));
  CHECK(scaled["covariance"][0][1].get<double>() == Approx(-0.05 * 1.6647619047619058 / 4));
  const Json fixed =
      Json::parse(fit({data, "--x", "x", "--y", "y", "--curve", "polynomial:2", "--fix", "b2=0", "--json", "-"}));
  CHECK(fixed["parameters"].size() == 2);
  CHECK(fixed["parameters"][1]["value"].get<double>() == Approx(1.7571428571428565));
  const Json formula = Json::parse(fit({data, "--x", "x", "--y", "y", "--curve", "expression: b1*(1-exp(-b2*x))",
                                        "--start", "b1=20,b2=0.1", "--json", "-"}));
  CHECK(formula["method"] == "nonlinear");
  CHECK(formula["chi_squared"].is_null());
}

TEST_CASE("an error that all points share") {
  const Folder folder;
  const std::string data = folder.write("points.csv", six_points);
  const auto run = [&](std::vector<std::string> options) {
    app::Arguments arguments{data, "--x", "x", "--y", "y", "--uy", "u", "--json", "-"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return Json::parse(fit(arguments));
  };
  const Json plain = run({"--predict", "3.5±0.2", "--invert", "10.5±0.5"});
  const Json x = run({"--shared-x", "0.4", "--predict", "3.5±0.2", "--invert", "10.5±0.5"});
  const Json y = run({"--shared-y", "0.4", "--predict", "3.5±0.2", "--invert", "10.5±0.5"});
  const auto u = [](const Json& json, const char* which) {
    return json[which][0]["standard_uncertainty"].get<double>();
  };
  CHECK(x["method"] == "ggmr");
  CHECK(y["method"] == "gls");
  // A common offset of x is in the points and in the new x alike: of y nothing is left. Of an inverse it stays.
  CHECK(u(x, "predictions") == Approx(u(plain, "predictions")).epsilon(1e-8));
  CHECK(u(x, "inversions") == Approx(std::hypot(u(plain, "inversions"), 0.4)).epsilon(1e-8));
  CHECK(u(y, "inversions") == Approx(u(plain, "inversions")).epsilon(1e-8));
  CHECK(u(y, "predictions") == Approx(std::hypot(u(plain, "predictions"), 0.4)).epsilon(1e-8));
  CHECK_THAT(x["notes"].dump(), Contains("share an error of standard uncertainty 0.4"));
  // The same covariances by hand.
  std::string covariance;
  for (int i = 1; i <= 6; ++i) {
    for (int j = 1; j <= 6; ++j)
      covariance += (j > 1 ? "," : "") + std::to_string((i == j ? 0.25 : 0) + 0.09);
    covariance += "\n";
  }
  const Json matrix =
      Json::parse(fit({data, "--x", "x", "--y", "y", "--cov-y", folder.write("c.csv", covariance), "--json", "-"}));
  CHECK(run({"--shared-y", "0.3"})["covariance"][0][0].get<double>() ==
        Approx(matrix["covariance"][0][0].get<double>()).epsilon(1e-10));
  const Json gain = run({"--shared-x", "2 %"});
  CHECK(gain["parameters"][1]["standard_uncertainty"].get<double>() ==
        Approx(std::hypot(plain["parameters"][1]["standard_uncertainty"].get<double>(), 0.02 * 1.7571428571))
            .epsilon(1e-6));

  const auto refused = [&](std::vector<std::string> options) {
    app::Arguments arguments{data, "--x", "x", "--y", "y"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return refusal(arguments);
  };
  CHECK_THAT(refused({"--uy", "u", "--shared-x", "a lot"}), Contains("--shared-x a lot") && Contains("0.01%"));
  CHECK_THAT(refused({"--uy", "u", "--shared-x=-1"}), Contains("--shared-x -1"));
  CHECK_THAT(refused({"--shared-y", "0.1"}), Contains("scatter"));
  CHECK_THAT(refused({"--uy", "u", "--shared-y", "0.1", "--covariance", "chi-squared-scaled"}),
             Contains("--shared-y") && Contains("iso28037"));
}

TEST_CASE("text for people, and pictures") {
  const Folder folder;
  const std::string data = folder.write("points.csv", six_points);
  const std::string text = fit({data, "--x", "x", "--y", "y", "--uy", "u", "--predict", "9", "--plot",
                                folder.path("a.svg"), "--json", folder.path("a.json")});
  CHECK_THAT(text, Contains("1.87") && Contains("0.47"));
  CHECK_THAT(text, Contains("p = 0.797") && Contains("ISO/TS 28037") && Contains("extrapolated"));
  CHECK_THAT(base::read_file(folder.path("a.svg")), Contains("<svg"));
  CHECK(Json::parse(base::read_file(folder.path("a.json")))["curve"] == "line");
  fit({data, "--x", "x", "--y", "y", "--plot", folder.path("a.pdf")});
  CHECK(base::read_file(folder.path("a.pdf")).substr(0, 5) == "%PDF-");
  fit({data, "--x", "x", "--y", "y", "--plot", folder.path("a.png")});
  CHECK(base::read_file(folder.path("a.png")).substr(1, 3) == "PNG");
}

TEST_CASE("bad input says where and why") {
  const Folder folder;
  const std::string data = folder.write("points.csv", six_points);
  const auto with = [&](const std::string& text) {
    return refusal({folder.write("bad.csv", text), "--x", "x", "--y", "y"});
  };
  CHECK_THAT(with("x,y\n1,3\n2,NaN\n"), Contains("bad.csv:3:3:") && Contains("NaN"));
  CHECK_THAT(with("x,y\n1,3\n2,\n"), Contains("bad.csv:3:3:") && Contains("empty"));
  CHECK_THAT(with("x;y\n1;3,5\n"), Contains("bad.csv:2:3:"));
  CHECK_THAT(with("x,y\n1,3,4\n"), Contains("bad.csv:2:5:") && Contains("3 cells"));
  CHECK_THAT(with("x,y\n\"1,3\n"), Contains("bad.csv:2:1:") && Contains("quote"));
  CHECK_THAT(with("x,y,x\n1,2,3\n"), Contains("bad.csv:1:5:") && Contains("second column"));
  CHECK_THAT(with("x,y\n"), Contains("no rows"));
  CHECK_THAT(with(""), Contains("empty"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "Y1"}), Contains("did you mean") && Contains("x, y, u"));
  CHECK_THAT(refusal({data, "--x", "x"}), Contains("--y is missing"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--curve", "polynomial:6"}), Contains("7 parameters"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--curve", "lin"}), Contains("did you mean line"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--uy", "-0.1"}), Contains("not negative"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--predict", "1±-2"}), Contains("--predict"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--plot", "a.gif"}), Contains(".svg, .png or .pdf"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--cov-y", folder.write("c.csv", "1,0\n0,1\n")}),
             Contains("2 x 2") && Contains("6 x 6"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--cov-y", folder.write("d.csv", "1,0\n0\n")}),
             Contains("d.csv:2:1:"));
  CHECK_THAT(refusal({data, "--x", "x", "--y", "y", "--start", "b1"}), Contains("b1=500"));
}
