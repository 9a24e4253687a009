using Crid.Images;
using Grpc.Core;

namespace Crid.Cri;

/// <summary>The CRI's ImageService: each method translates, calls, translates.</summary>
public sealed class ImageServiceImpl : Api.ImageService.ImageServiceBase
{
    private readonly IImages _images;

    public ImageServiceImpl(IImages images) => _images = images;

    public override Task<Api.ListImagesResponse> ListImages(Api.ListImagesRequest request, ServerCallContext context)
    {
        Api.ListImagesResponse response = new();
        response.Images.Add(Filter(request.Filter).Select(ImageMapper.ToMessage));
        return Task.FromResult(response);
    }

    public override Task StreamImages(
        Api.StreamImagesRequest request, IServerStreamWriter<Api.StreamImagesResponse> responseStream, ServerCallContext context)
    {
        return StreamedList.SendAsync(Filter(request.Filter), ToPart, responseStream, context.CancellationToken);

        static Api.StreamImagesResponse ToPart(IEnumerable<Image> part)
        {
            Api.StreamImagesResponse response = new();
            response.Images.Add(part.Select(ImageMapper.ToMessage));
            return response;
        }
    }

    public override Task<Api.ImageStatusResponse> ImageStatus(Api.ImageStatusRequest request, ServerCallContext context)
    {
        Api.ImageStatusResponse response = new();
        if (_images.Find(ImageMapper.ToName(request.Image)) is Image image)
        {
            response.Image = ImageMapper.ToMessage(image);
            if (request.Verbose)
            {
                response.Info.Add(VerboseInfo.Key, ImageInfo.ToJson(image));
            }
        }

        return Task.FromResult(response);
    }

    public override async Task<Api.PullImageResponse> PullImage(Api.PullImageRequest request, ServerCallContext context)
    {
        Image image = await _images.PullAsync(ImageMapper.ToPull(request), context.CancellationToken);
        return new Api.PullImageResponse { ImageRef = image.Id.Value };
    }

    public override async Task<Api.RemoveImageResponse> RemoveImage(Api.RemoveImageRequest request, ServerCallContext context)
    {
        await _images.RemoveAsync(ImageMapper.ToName(request.Image), context.CancellationToken);
        return new Api.RemoveImageResponse();
    }

    public override Task<Api.ImageFsInfoResponse> ImageFsInfo(Api.ImageFsInfoRequest request, ServerCallContext context)
    {
        // Layers and writable layers lie on one file system, so both lists tell the same.
        FilesystemUsage usage = _images.GetUsage();
        Api.ImageFsInfoResponse response = new();
        response.ImageFilesystems.Add(ImageMapper.ToMessage(usage));
        response.ContainerFilesystems.Add(ImageMapper.ToMessage(usage));
        return Task.FromResult(response);
    }

    private IReadOnlyList<Image> Filter(Api.ImageFilter? filter)
    {
        string name = filter?.Image?.Image ?? "";
        if (name.Length == 0)
        {
            return _images.List();
        }

        return _images.Find(name) is Image image ? [image] : [];
    }
}
