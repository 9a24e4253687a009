using System.Text.Json.Serialization;

namespace Crid.Runtimes;

/// <summary>JSON that OCI runtimes write.</summary>
[JsonSerializable(typeof(RuntimeLogLine))]
internal sealed partial class RuntimesJson : JsonSerializerContext;
