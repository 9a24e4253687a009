using Crid.Core;
using Crid.Images;

namespace Crid.Cri.Tests;

public class ImageServiceTests
{
    private readonly FakeImages _images = new();
    private readonly FakeCallContext _context = new();
    private readonly ImageServiceImpl _service;

    public ImageServiceTests() => _service = new ImageServiceImpl(_images);

    [Fact]
    public async Task ImageStatus_Absent_IsAnEmptyResponse()
    {
        Api.ImageStatusResponse response = await _service.ImageStatus(StatusOf("busybox"), _context);

        Assert.Null(response.Image);
        Assert.Empty(response.Info);
    }

    [Fact]
    public async Task ImageStatus_TagAndId_AreTheSameMessage()
    {
        _images.Items["busybox"] = _images.Items[Samples.ImageId] = Samples.Image();

        Api.ImageStatusResponse byTag = await _service.ImageStatus(StatusOf("busybox"), _context);
        Api.ImageStatusResponse byId = await _service.ImageStatus(StatusOf(Samples.ImageId), _context);

        Assert.Equal(byTag, byId);
        Assert.Equal(Samples.ImageId, byId.Image.Id);
        Assert.Equal(1234ul, byId.Image.Size);
        Assert.Equal(["registry.test/busybox:1.36"], byId.Image.RepoTags);
        Assert.Equal(["registry.test/busybox@" + Samples.ImageId], byId.Image.RepoDigests);
    }

    [Fact]
    public async Task ImageStatus_Verbose_HasTheConfig()
    {
        _images.Items["busybox"] = Samples.Image();
        Api.ImageStatusRequest request = StatusOf("busybox");
        request.Verbose = true;

        Api.ImageStatusResponse response = await _service.ImageStatus(request, _context);

        Assert.Contains("\"Cmd\":[\"sh\"]", response.Info["info"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null, "")]
    [InlineData("1002", 1002L, "")]
    [InlineData("1003:group", 1003L, "")]
    [InlineData("www-data", null, "www-data")]
    [InlineData("www-data:group", null, "www-data")]
    public void ToMessage_User_IsUidOrName(string user, long? uid, string name)
    {
        Api.Image message = ImageMapper.ToMessage(Samples.Image(user));

        Assert.Equal(uid, message.Uid?.Value);
        Assert.Equal(name, message.Username);
    }

    [Fact]
    public async Task ListImages_Filter_IsALookUp()
    {
        _images.Items["busybox"] = Samples.Image();

        Api.ListImagesResponse all = await _service.ListImages(new Api.ListImagesRequest(), _context);
        Api.ListImagesResponse one = await _service.ListImages(ListOf("busybox"), _context);
        Api.ListImagesResponse none = await _service.ListImages(ListOf("nginx"), _context);

        Assert.Single(all.Images);
        Assert.Single(one.Images);
        Assert.Empty(none.Images);
    }

    [Fact]
    public async Task StreamImages_OneImage_SendsOnePart()
    {
        _images.Items["busybox"] = Samples.Image();
        ListWriter<Api.StreamImagesResponse> writer = new();

        await _service.StreamImages(new Api.StreamImagesRequest(), writer, _context);

        Assert.Equal(Samples.ImageId, Assert.Single(Assert.Single(writer.Messages).Images).Id);
    }

    [Fact]
    public async Task PullImage_WithCredentials_PassesThemOn()
    {
        _images.Items["busybox"] = Samples.Image();
        Api.PullImageRequest request = new()
        {
            Image = new Api.ImageSpec { Image = "registry.test/busybox" },
            Auth = new Api.AuthConfig { Username = "u", Password = "p", ServerAddress = "registry.test" },
        };

        Api.PullImageResponse response = await _service.PullImage(request, _context);

        Assert.Equal(Samples.ImageId, response.ImageRef);
        Assert.Equal("registry.test/busybox:latest", _images.Pull!.Reference.ToString());
        Assert.Equal(new RegistryCredentials { Username = "u", Password = "p", ServerAddress = "registry.test" }, _images.Pull.Credentials);
    }

    [Fact]
    public async Task PullImage_EmptyAuth_IsAnonymous()
    {
        _images.Items["busybox"] = Samples.Image();

        await _service.PullImage(
            new Api.PullImageRequest { Image = new Api.ImageSpec { Image = "busybox" }, Auth = new Api.AuthConfig { ServerAddress = "x" } }, _context);

        Assert.Null(_images.Pull!.Credentials);
    }

    [Theory]
    [InlineData("")]
    [InlineData("BAD NAME")]
    public async Task PullImage_BadReference_IsInvalidArgument(string reference)
    {
        Api.PullImageRequest request = new() { Image = new Api.ImageSpec { Image = reference } };

        CridException error = await Assert.ThrowsAsync<CridException>(() => _service.PullImage(request, _context));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task RemoveImage_AnyName_IsForwarded()
    {
        await _service.RemoveImage(new Api.RemoveImageRequest { Image = new Api.ImageSpec { Image = "busybox" } }, _context);

        Assert.Equal(["busybox"], _images.Removed);
    }

    [Fact]
    public async Task ImageFsInfo_Always_FillsBothLists()
    {
        Api.ImageFsInfoResponse response = await _service.ImageFsInfo(new Api.ImageFsInfoRequest(), _context);

        Api.FilesystemUsage usage = Assert.Single(response.ImageFilesystems);
        Assert.Equal(usage, Assert.Single(response.ContainerFilesystems));
        Assert.Equal(1_000_000_000, usage.Timestamp);
        Assert.Equal("/var/lib/crid", usage.FsId.Mountpoint);
        Assert.Equal(4096ul, usage.UsedBytes.Value);
        Assert.Equal(7ul, usage.InodesUsed.Value);
    }

    private static Api.ImageStatusRequest StatusOf(string name) => new() { Image = new Api.ImageSpec { Image = name } };

    private static Api.ListImagesRequest ListOf(string name) =>
        new() { Filter = new Api.ImageFilter { Image = new Api.ImageSpec { Image = name } } };
}
