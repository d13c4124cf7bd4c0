// Draws the charts of a page with uPlot, from the figures that stand in it.
(function () {
  "use strict";

  var colours = ["--brand", "--wait", "--good", "--bad"];

  var colour = function (place) {
    return getComputedStyle(document.documentElement).getPropertyValue(colours[place % colours.length]).trim();
  };

  var ink = function () {
    return getComputedStyle(document.documentElement).getPropertyValue("--quiet").trim();
  };

  window.drawChart = function (place) {
    if (place.dataset.drawn === "yes") { return; }
    place.dataset.drawn = "yes";
    var told = JSON.parse(place.dataset.chart);
    var figures = new Intl.NumberFormat(told.locale, { maximumFractionDigits: 1, notation: "compact" });
    var exact = new Intl.NumberFormat(told.locale, { minimumFractionDigits: Math.min(told.decimals, 2) });
    var axis = { stroke: ink, grid: { stroke: "#8883", width: 1 }, ticks: { show: false } };
    var series = told.labels.map(function (label, number) {
      var line = { label: label, stroke: colour(number), width: 2, value: function (_, value) {
        return value === null ? "–" : exact.format(value) + " " + told.unit;
      } };
      if (told.bars) {
        line.paths = window.uPlot.paths.bars({ size: [0.7, 48] });
        line.fill = colour(number);
        line.points = { show: false };
      }
      return line;
    });
    // Whole days: of a few days the axis would else name each several times.
    var steps = [1, 2, 7, 14, 28, 91, 182, 364].map(function (count) { return count * 86400; });
    var days = told.days.map(function (day) { return Date.parse(day + "T00:00:00Z") / 1000; });
    var options = {
      width: place.clientWidth,
      height: 220,
      tzDate: function (seconds) { return window.uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"); },
      scales: {
        x: { time: true, range: function (_, first, last) { return told.bars ? [first - 43200, last + 43200] : [first, last]; } },
        y: { range: function (_, least, most) { return [Math.min(0, least), most > 0 ? most * 1.08 : 1]; } }
      },
      series: [{ label: told.day, value: function (_, value) { return value === null ? "–" : new Date(value * 1000).toISOString().slice(0, 10); } }].concat(series),
      axes: [
        Object.assign({ values: function (_, ticks) { return ticks.map(function (tick) { return new Date(tick * 1000).toISOString().slice(5, 10); }); }, incrs: steps, space: 60 }, axis),
        Object.assign({ values: function (_, ticks) { return ticks.map(function (tick) { return figures.format(tick); }); }, size: 64 }, axis)
      ]
    };
    var drawn = new window.uPlot(options, [days].concat(told.lines), place);
    window.addEventListener("resize", function () {
      drawn.setSize({ width: place.clientWidth, height: 220 });
    });
  };

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-chart]").forEach(window.drawChart);
  });
}());
