using System.Globalization;
using Crid.Core;
using Crid.Images;

namespace Crid.Cri;

/// <summary>Images between the CRI and crid's records.</summary>
internal static class ImageMapper
{
    /// <summary>The image that a request names: an id, a tag or a digest reference.</summary>
    public static string ToName(Api.ImageSpec? image) =>
        Require.NotEmpty(Require.Present(image, "image").Image, "image.image");

    public static PullRequest ToPull(Api.PullImageRequest request) =>
        new(ImageReference.Parse(ToName(request.Image)), ToCredentials(request.Auth)) { Namespace = NullIfEmpty(request.SandboxConfig?.Metadata?.Namespace ?? "") };

    public static Api.Image ToMessage(Image image)
    {
        Api.Image message = new() { Id = image.Id.Value, Size = image.Size, Pinned = image.Pinned };
        message.RepoTags.Add(image.Tags.Select(tag => tag.ToString()));
        message.RepoDigests.Add(image.Digests.Select(digest => digest.ToString()));
        SetUser(message, image.Config.Config?.User ?? "");
        return message;
    }

    public static Api.FilesystemUsage ToMessage(FilesystemUsage usage) => new()
    {
        Timestamp = Timestamps.ToNanoseconds(usage.Timestamp),
        FsId = new Api.FilesystemIdentifier { Mountpoint = usage.Mountpoint },
        UsedBytes = new Api.UInt64Value { Value = usage.UsedBytes },
        InodesUsed = new Api.UInt64Value { Value = usage.InodesUsed },
    };

    // Null for an empty message: it asks for an anonymous pull, as no message does.
    private static RegistryCredentials? ToCredentials(Api.AuthConfig? auth)
    {
        bool empty = auth is null
            || (auth.Username.Length == 0 && auth.Password.Length == 0 && auth.Auth.Length == 0
                && auth.IdentityToken.Length == 0 && auth.RegistryToken.Length == 0);
        return empty
            ? null
            : new RegistryCredentials
            {
                Username = NullIfEmpty(auth!.Username),
                Password = NullIfEmpty(auth.Password),
                Auth = NullIfEmpty(auth.Auth),
                ServerAddress = NullIfEmpty(auth.ServerAddress),
                IdentityToken = NullIfEmpty(auth.IdentityToken),
                RegistryToken = NullIfEmpty(auth.RegistryToken),
            };
    }

    // kubelet checks runAsNonRoot with it: a number is the uid, anything else a name, and neither means root.
    private static void SetUser(Api.Image message, string user)
    {
        string name = user.Split(':', 2)[0];
        if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out long uid))
        {
            message.Uid = new Api.Int64Value { Value = uid };
        }
        else
        {
            message.Username = name;
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
