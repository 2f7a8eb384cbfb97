"""Where each design was published."""

from models.catalogue.entry import Paper

LENET = Paper(
    "Gradient-based learning applied to document recognition",
    "LeCun, Bottou, Bengio, Haffner",
    1998,
    "https://doi.org/10.1109/5.726791",
)
SOFTMAX = Paper(
    "The regression analysis of binary sequences (logistic regression)",
    "Cox",
    1958,
    "https://doi.org/10.1111/j.2517-6161.1958.tb00292.x",
)
MLP = Paper(
    "Learning representations by back-propagating errors",
    "Rumelhart, Hinton, Williams",
    1986,
    "https://doi.org/10.1038/323533a0",
)
ALEXNET = Paper(
    "ImageNet classification with deep convolutional neural networks",
    "Krizhevsky, Sutskever, Hinton",
    2012,
    "https://doi.org/10.1145/3065386",
)
ONE_WEIRD_TRICK = Paper(
    "One weird trick for parallelizing convolutional neural networks",
    "Krizhevsky",
    2014,
    "https://arxiv.org/abs/1404.5997",
)
ZFNET = Paper(
    "Visualizing and understanding convolutional networks",
    "Zeiler, Fergus",
    2013,
    "https://arxiv.org/abs/1311.2901",
)
VGG = Paper(
    "Very deep convolutional networks for large-scale image recognition",
    "Simonyan, Zisserman",
    2014,
    "https://arxiv.org/abs/1409.1556",
)
GOOGLENET = Paper(
    "Going deeper with convolutions",
    "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
    2014,
    "https://arxiv.org/abs/1409.4842",
)
INCEPTION_V3 = Paper(
    "Rethinking the Inception architecture for computer vision",
    "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
    2015,
    "https://arxiv.org/abs/1512.00567",
)
RESNET = Paper(
    "Deep residual learning for image recognition",
    "He, Zhang, Ren, Sun",
    2015,
    "https://arxiv.org/abs/1512.03385",
)
RESNEXT = Paper(
    "Aggregated residual transformations for deep neural networks",
    "Xie, Girshick, Dollár, Tu, He",
    2016,
    "https://arxiv.org/abs/1611.05431",
)
WIDE_RESNET = Paper(
    "Wide residual networks",
    "Zagoruyko, Komodakis",
    2016,
    "https://arxiv.org/abs/1605.07146",
)
DENSENET = Paper(
    "Densely connected convolutional networks",
    "Huang, Liu, van der Maaten, Weinberger",
    2016,
    "https://arxiv.org/abs/1608.06993",
)
SQUEEZENET = Paper(
    "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer",
    2016,
    "https://arxiv.org/abs/1602.07360",
)
DILATED = Paper(
    "Multi-scale context aggregation by dilated convolutions",
    "Yu, Koltun",
    2015,
    "https://arxiv.org/abs/1511.07122",
)
MOBILENET_V1 = Paper(
    "MobileNets: efficient convolutional neural networks for mobile vision applications",
    "Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam",
    2017,
    "https://arxiv.org/abs/1704.04861",
)
MOBILENET_V2 = Paper(
    "MobileNetV2: inverted residuals and linear bottlenecks",
    "Sandler, Howard, Zhu, Zhmoginov, Chen",
    2018,
    "https://arxiv.org/abs/1801.04381",
)
MOBILENET_V3 = Paper(
    "Searching for MobileNetV3",
    "Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam",
    2019,
    "https://arxiv.org/abs/1905.02244",
)
SHUFFLENET_V2 = Paper(
    "ShuffleNet V2: practical guidelines for efficient CNN architecture design",
    "Ma, Zhang, Zheng, Sun",
    2018,
    "https://arxiv.org/abs/1807.11164",
)
MNASNET = Paper(
    "MnasNet: platform-aware neural architecture search for mobile",
    "Tan, Chen, Pang, Vasudevan, Sandler, Howard, Le",
    2018,
    "https://arxiv.org/abs/1807.11626",
)
EFFICIENTNET = Paper(
    "EfficientNet: rethinking model scaling for convolutional neural networks",
    "Tan, Le",
    2019,
    "https://arxiv.org/abs/1905.11946",
)
EFFICIENTNET_V2 = Paper(
    "EfficientNetV2: smaller models and faster training",
    "Tan, Le",
    2021,
    "https://arxiv.org/abs/2104.00298",
)
REGNET = Paper(
    "Designing network design spaces",
    "Radosavovic, Kosaraju, Girshick, He, Dollár",
    2020,
    "https://arxiv.org/abs/2003.13678",
)
CONVNEXT = Paper(
    "A ConvNet for the 2020s",
    "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie",
    2022,
    "https://arxiv.org/abs/2201.03545",
)
