using System.Text.Json;
using System.Text.Json.Serialization;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>
/// The documents in the rows of sandboxes and containers. Equal specs have equal bytes, which is how a repeated request is recognised; those of
/// containers are brought into their <see cref="CanonicalSpec"/> before.
/// A member that is added later must be nullable or have a zero default: it is missing in older rows.
/// </summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(SandboxIdConverter), typeof(ImageIdConverter), typeof(StringMapConverter)])]
[JsonSerializable(typeof(SandboxSpec))]
[JsonSerializable(typeof(SandboxStatus))]
[JsonSerializable(typeof(ContainerSpec))]
[JsonSerializable(typeof(ContainerStatus))]
internal sealed partial class PodsJson : JsonSerializerContext
{
    public static byte[] Write(SandboxSpec spec) => JsonSerializer.SerializeToUtf8Bytes(spec, Default.SandboxSpec);

    public static byte[] Write(ContainerSpec spec) => JsonSerializer.SerializeToUtf8Bytes(spec, Default.ContainerSpec);

    public static bool AreEqual(SandboxSpec left, SandboxSpec right) => Write(left).AsSpan().SequenceEqual(Write(right));
}
