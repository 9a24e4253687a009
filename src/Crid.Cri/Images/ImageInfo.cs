using Crid.Core;
using Crid.Images;
using Crid.Oci;

namespace Crid.Cri;

/// <summary>What a verbose status tells of an image beyond the CRI's fields; members are named as in the image specification.</summary>
internal static class ImageInfo
{
    public static string ToJson(Image image) => VerboseInfo.Write(writer =>
    {
        if (image.ArtifactType is { } type)
        {
            writer.WriteString("artifactType", type);
        }

        ImageExecutionConfig? execution = image.Config.Config;
        writer.WriteString("chainID", ChainId.ForStack(image.Layers).Select(static chain => chain.Value).LastOrDefault() ?? "");
        writer.WriteStartObject("imageSpec");
        writer.WriteString("created", image.Config.Created);
        writer.WriteString("architecture", image.Config.Architecture);
        writer.WriteString("os", image.Config.Os);
        writer.WriteStartObject("config");
        writer.WriteString("User", execution?.User);
        writer.WriteStrings("Env", execution?.Env);
        writer.WriteStrings("Entrypoint", execution?.Entrypoint);
        writer.WriteStrings("Cmd", execution?.Cmd);
        writer.WriteString("WorkingDir", execution?.WorkingDir);
        writer.WriteString("StopSignal", execution?.StopSignal);
        writer.WriteStartObject("Labels");
        foreach ((string name, string value) in execution?.Labels ?? new Dictionary<string, string>())
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteStartObject("rootfs");
        writer.WriteString("type", "layers");
        writer.WriteStrings("diff_ids", image.Layers.Select(layer => layer.ToString()));
        writer.WriteEndObject();
        writer.WriteEndObject();
    });
}
