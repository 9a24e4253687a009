using System.Runtime.InteropServices;

namespace Crid.Cri;

/// <summary>One value of a metric, with the values of the labels that are its own.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MetricSample(ulong Value, params string[] Labels);
