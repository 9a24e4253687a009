using System.Text.Json;
using System.Text.Json.Serialization;
using Crid.Core;

namespace Crid.Pods;

/// <summary>A sandbox id as its text.</summary>
internal sealed class SandboxIdConverter : JsonConverter<SandboxId>
{
    public override SandboxId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        SandboxId.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, SandboxId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
